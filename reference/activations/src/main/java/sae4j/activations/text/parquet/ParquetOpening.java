// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

import dev.hardwood.HardwoodContext;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.RepetitionType;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.SchemaNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import sae4j.files.FormatException;

/// A Parquet file whose end was read and looked at, before anything else of it is read.
record ParquetOpening(Path file, InputFile input, HardwoodContext context, ParquetFileReader reader)
    implements AutoCloseable {
  private static final String MAGIC = "PAR1";
  private static final String ENCRYPTED = "PARE";
  private static final int SMALLEST = 12;
  private static final int THREADS = 2;
  private static final Set<CompressionCodec> PACKED =
      EnumSet.of(
          CompressionCodec.UNCOMPRESSED,
          CompressionCodec.SNAPPY,
          CompressionCodec.GZIP,
          CompressionCodec.ZSTD,
          CompressionCodec.LZ4,
          CompressionCodec.LZ4_RAW);

  /// The library tells its logger which of its ways it takes. A user did not ask for that. The
  /// logger is held here, because one that nobody holds forgets its level.
  private static final Logger LIBRARY = Logger.getLogger("dev.hardwood");

  static {
    LIBRARY.setLevel(Level.OFF);
  }

  static ParquetOpening of(Path file) throws IOException {
    InputFile input = InputFile.of(file);
    try {
      input.open();
      requireEnds(file, input);
    } catch (IOException failure) {
      input.close();
      throw failure;
    }
    HardwoodContext context = HardwoodContext.create(THREADS);
    try {
      ParquetFileReader reader = ParquetFileReader.open(input, context);
      ParquetOpening opened = new ParquetOpening(file, input, context, reader);
      opened.requireCounts();
      return opened;
    } catch (IOException | RuntimeException | InternalError failure) {
      context.close();
      input.close();
      if (failure instanceof FormatException said) {
        throw said;
      }
      String reason = ParquetRows.reason(failure);
      throw reason.contains("Encrypted")
          ? encrypted(file)
          : new FormatException(
              file,
              "Parquet",
              "its end, which lists its columns, cannot be read (%s)".formatted(reason),
              "check that the file is whole",
              failure);
    }
  }

  private static FormatException encrypted(Path file) {
    return new FormatException(
        file, "Parquet", "is encrypted, which is not read", "write it without encryption");
  }

  private static void requireEnds(Path file, InputFile input) throws IOException {
    long size = input.length();
    String start = letters(input, 0);
    if (start.equals(ENCRYPTED)) {
      throw encrypted(file);
    }
    if (!start.equals(MAGIC)) {
      throw new FormatException(
          file,
          "Parquet",
          "is none, because it does not begin with PAR1",
          "check the file; one that is kept elsewhere may be a pointer to it");
    }
    String end = size < SMALLEST ? "" : letters(input, size - MAGIC.length());
    if (end.equals(ENCRYPTED)) {
      throw encrypted(file);
    }
    if (!end.equals(MAGIC)) {
      throw new FormatException(
          file,
          "Parquet",
          "is cut off, because it does not end with PAR1",
          "check that the file is whole, or fetch it again");
    }
  }

  private static String letters(InputFile input, long from) throws IOException {
    int length = Math.clamp(input.length() - from, 0, MAGIC.length());
    return StandardCharsets.ISO_8859_1.decode(input.readRange(from, length)).toString();
  }

  private void requireCounts() throws FormatException {
    long rows = 0;
    for (RowGroup group : reader.getFileMetaData().rowGroups()) {
      if (group.numRows() < 0) {
        throw new FormatException(
            file, "row group", "has a negative number of rows", "check that the file is whole");
      }
      rows += group.numRows();
    }
    long said = reader.getFileMetaData().numRows();
    if (rows != said) {
      throw new FormatException(
          file,
          "rows",
          "are %,d, and the row groups have %,d together".formatted(said, rows),
          "check that the file is whole");
    }
  }

  List<String> columns() {
    return reader.getFileSchema().getRootNode().children().stream().map(SchemaNode::name).toList();
  }

  /// The column of a name.
  ///
  /// @throws FormatException if there is none, or several
  SchemaNode column(String name) throws FormatException {
    List<SchemaNode> found =
        reader.getFileSchema().getRootNode().children().stream()
            .filter(node -> node.name().equals(name))
            .toList();
    if (found.size() != 1) {
      throw new FormatException(
          file,
          "column " + FormatException.quote(name),
          "%s; the columns are %s"
              .formatted(
                  found.isEmpty() ? "is not there" : "is there several times",
                  columns().isEmpty() ? "none" : FormatException.list(columns())),
          "name one with --text-field");
    }
    return found.getFirst();
  }

  /// Looks at how a column is packed and nested, and at its pages.
  ///
  /// @param most bytes that they may unpack to
  /// @throws FormatException if it is in a way that is not read
  void requireReadable(SchemaNode column, long most) throws IOException {
    if (column.repetitionType() == RepetitionType.REPEATED) {
      throw new FormatException(
          file,
          "column " + FormatException.quote(column.name()),
          "is repeated without being a list, which is not read",
          "write it as a list");
    }
    for (ColumnChunk chunk : ParquetRows.chunks(reader, column.name())) {
      if (!PACKED.contains(chunk.metaData().codec())) {
        throw new FormatException(
            file,
            "column " + FormatException.quote(column.name()),
            "is packed with %s, which is not read".formatted(chunk.metaData().codec()),
            "write it with zstd, snappy, gzip, lz4 or no compression");
      }
    }
    PageCheck pages = new PageCheck(file, input, column.name(), most);
    for (ColumnChunk chunk : ParquetRows.chunks(reader, column.name())) {
      pages.check(chunk);
    }
  }

  @Override
  public void close() throws IOException {
    try (context) {
      reader.close();
    }
  }
}
