// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.HardwoodContext;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ColumnReaders;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.SchemaNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// The rows of one column of a Parquet file, one after another, each as the JSON object that has
/// this column alone. A column may be nested, as the messages of a chat are.
///
/// Other columns are not read. Values come in batches of about [#BATCH_BYTES] unpacked, of which a
/// few are decoded ahead; a row group need not fit in memory.
public final class ParquetRows implements AutoCloseable {
  private static final long BATCH_BYTES = 1 << 22;
  private static final int MOST_ROWS_IN_BATCH = 1024;

  private final Path file;
  private final String column;
  private final long rows;
  private final HardwoodContext context;
  private final ParquetFileReader reader;
  private final ColumnReaders columns;
  private final ColumnTree tree;
  private int inBatch;
  private int at;
  private long row;

  private ParquetRows(ParquetOpening opened, SchemaNode node, TextLimit limit) {
    this.file = opened.file();
    this.column = node.name();
    this.rows = opened.reader().getFileMetaData().numRows();
    this.context = opened.context();
    this.reader = opened.reader();
    int batch = batchRows();
    this.columns =
        reader.buildColumnReaders(ColumnProjection.columns(column)).batchSize(batch).build();
    this.tree = new ColumnTree(file, node, columns, limit);
  }

  /// Chooses a column.
  @FunctionalInterface
  public interface Choice {
    /// @param columns the names of all, in the order of the file
    /// @throws FormatException if none will do
    String of(List<String> columns) throws FormatException;
  }

  /// Opens a column.
  ///
  /// @param choice which one
  /// @param longest the most bytes of a text that is given; a longer one is [NotText]
  /// @param most bytes that the texts of the file may have together
  /// @throws FormatException if the file is no Parquet, cut off, encrypted or packed in a way that
  ///     is not read, or has no such column
  public static ParquetRows open(Path file, Choice choice, int longest, long most)
      throws IOException {
    ParquetOpening opened = ParquetOpening.of(file);
    String column = "";
    try {
      column = choice.of(opened.columns());
      SchemaNode node = opened.column(column);
      opened.requireReadable(node, most);
      return new ParquetRows(opened, node, new TextLimit(file, longest, most));
    } catch (RuntimeException | InternalError failure) {
      opened.close();
      throw failed(file, column, 0, failure);
    } catch (IOException failure) {
      opened.close();
      throw failure;
    }
  }

  /// The next row; null behind the last.
  ///
  /// @throws FormatException if the file is damaged
  public @Nullable ObjectNode next() throws IOException {
    try {
      while (at == inBatch) {
        if (!columns.nextBatch()) {
          requireAll();
          return null;
        }
        at = 0;
        inBatch = columns.getRecordCount();
        tree.nextBatch();
      }
      row++;
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      object.set(column, tree.value(at++));
      return object;
    } catch (UncheckedIOException said) {
      throw said.getCause() instanceof FormatException own ? own : failed(file, column, row, said);
    } catch (RuntimeException | InternalError failure) {
      throw failed(file, column, row, failure);
    }
  }

  private void requireAll() throws FormatException {
    if (row != rows) {
      throw new FormatException(
          file,
          "rows",
          "are %,d, and its end says %,d".formatted(row, rows),
          "check that the file is whole");
    }
  }

  /// What a library throws at a damaged file is as various as damage. A mapped file that is cut
  /// short while it is read gives an [InternalError].
  private static FormatException failed(Path file, String column, long row, Throwable failure) {
    return new FormatException(
        file,
        "column " + FormatException.quote(column),
        "cannot be read behind row %,d (%s)".formatted(row, reason(failure)),
        "check that the file is whole",
        failure);
  }

  /// What the library complains of, without the file that it names in front.
  static String reason(Throwable failure) {
    Throwable deepest = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      deepest = cause;
    }
    String own = String.valueOf(deepest.getMessage()).replaceFirst("^\\[[^\\]]*\\] ", "").strip();
    return own.isEmpty() || own.equals("null") ? "it is damaged" : own;
  }

  /// Rows in a batch: as many as have [#BATCH_BYTES] where they are longest.
  private int batchRows() {
    double most = 1;
    for (RowGroup group : reader.getFileMetaData().rowGroups()) {
      long bytes = 0;
      for (ColumnChunk chunk : group.columns()) {
        bytes += isBelow(chunk, column) ? chunk.metaData().totalUncompressedSize() : 0;
      }
      most = Math.max(most, (double) bytes / Math.max(1, group.numRows()));
    }
    return Math.clamp((long) (BATCH_BYTES / most), 1, MOST_ROWS_IN_BATCH);
  }

  /// The parts of a column in all row groups.
  static List<ColumnChunk> chunks(ParquetFileReader reader, String column) {
    return reader.getFileMetaData().rowGroups().stream()
        .flatMap(group -> group.columns().stream())
        .filter(chunk -> isBelow(chunk, column))
        .toList();
  }

  private static boolean isBelow(ColumnChunk chunk, String column) {
    return chunk.metaData().pathInSchema().elements().getFirst().equals(column);
  }

  @Override
  public void close() throws IOException {
    try (context;
        reader) {
      columns.close();
    } catch (RuntimeException failure) {
      throw failed(file, column, row, failure);
    }
  }
}
