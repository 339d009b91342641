// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import sae4j.files.NewFile;
import sae4j.tensor.SparseRows;

/// Row-sparse codes in a file: the active columns of each row, ascending, and their values. Eight
/// bytes per entry on disk, eight bytes per row in memory.
///
/// The file is unnamed once it is open, so it disappears with the process. Safe for use by several
/// threads.
public final class StoredCodes implements AutoCloseable {
  private static final ValueLayout.OfInt COLUMN =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat VALUE =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int ENTRY_BYTES = 8;
  private static final int BUFFER_BYTES = 1 << 20;

  private final int columns;

  /// The index where each row's entries begin, followed by the number of all entries.
  private final long[] rowStart;

  private final MemorySegment entries;
  private final Arena arena;

  private StoredCodes(int columns, long[] rowStart, MemorySegment entries, Arena arena) {
    this.columns = columns;
    this.rowStart = rowStart;
    this.entries = entries;
    this.arena = arena;
  }

  /// The number of rows.
  public int rows() {
    return rowStart.length - 1;
  }

  /// The number of columns.
  public int columns() {
    return columns;
  }

  /// The number of entries in all rows.
  public long count() {
    return rowStart[rowStart.length - 1];
  }

  /// The first entry of a row; its last is before `start(row + 1)`.
  public long start(int row) {
    return rowStart[row];
  }

  /// The column of an entry.
  public int column(long entry) {
    return entries.get(COLUMN, entry * ENTRY_BYTES);
  }

  /// The value of an entry.
  public float value(long entry) {
    return entries.get(VALUE, entry * ENTRY_BYTES + Integer.BYTES);
  }

  /// The value in `row`, `column`; 0 where it is not active.
  public float at(int row, int column) {
    long low = rowStart[row];
    long high = rowStart[row + 1] - 1;
    while (low <= high) {
      long middle = (low + high) >>> 1;
      int found = column(middle);
      if (found == column) {
        return value(middle);
      }
      if (found < column) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return 0;
  }

  /// The transposed codes: codes by feature from codes by token.
  ///
  /// @param folder where its file is made
  @SuppressWarnings("MustBeClosedChecker") // the arena is closed with the codes
  public StoredCodes transposed(Path folder) throws IOException {
    long[] start = new long[columns + 1];
    for (long i = 0; i < count(); i++) {
      start[column(i) + 1]++;
    }
    for (int c = 0; c < columns; c++) {
      start[c + 1] += start[c];
    }
    long[] next = Arrays.copyOf(start, columns);
    try (FileChannel channel = NewFile.unnamed(folder)) {
      // Blocks are allocated now, because a full disk would otherwise end the process while it
      // writes to the mapped file.
      ByteBuffer zeros = ByteBuffer.allocateDirect(BUFFER_BYTES);
      for (long left = count() * ENTRY_BYTES; left > 0; left -= zeros.position()) {
        zeros.clear().limit((int) Math.min(BUFFER_BYTES, left));
        drain(zeros, channel);
      }
      Arena arena = Arena.ofShared();
      MemorySegment turned =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, count() * ENTRY_BYTES, arena);
      for (int row = 0; row < rows(); row++) {
        for (long i = rowStart[row]; i < rowStart[row + 1]; i++) {
          long to = next[column(i)]++ * ENTRY_BYTES;
          turned.set(COLUMN, to, row);
          turned.set(VALUE, to + Integer.BYTES, value(i));
        }
      }
      return new StoredCodes(rows(), start, turned, arena);
    }
  }

  private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  /// Takes codes batch by batch. Memory is bounded by the buffer and eight bytes per row.
  public static final class Writer implements AutoCloseable {
    private final int columns;
    private final FileChannel channel;
    private final ByteBuffer buffer =
        ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long[] rowStart = new long[1 << 12];
    private int rows;

    /// @param columns of the codes
    /// @param folder where the file is made
    public Writer(int columns, Path folder) throws IOException {
      this.columns = columns;
      this.channel = NewFile.unnamed(folder);
    }

    /// Appends rows.
    ///
    /// @throws IllegalArgumentException if they have another number of columns, or a value that is
    ///     not finite
    public void add(SparseRows codes) throws IOException {
      if (codes.columns() != columns) {
        throw new IllegalArgumentException(
            "codes of %d features after codes of %d".formatted(codes.columns(), columns));
      }
      if (rows + codes.rows() >= rowStart.length) {
        rowStart = Arrays.copyOf(rowStart, Math.max(2 * rowStart.length, rows + codes.rows() + 1));
      }
      for (int r = 0; r < codes.rows(); r++) {
        rowStart[rows + 1] = rowStart[rows] + codes.rowStart()[r + 1] - codes.rowStart()[r];
        rows++;
      }
      for (int i = 0; i < codes.count(); i++) {
        if (!Float.isFinite(codes.value()[i])) {
          throw new IllegalArgumentException(
              ("a code of feature %d is %s: the SAE's weights or the activations are too large for"
                      + " the numbers of the backend, or not numbers; scale them down")
                  .formatted(codes.column()[i], codes.value()[i]));
        }
        if (buffer.remaining() < ENTRY_BYTES) {
          drain(buffer.flip(), channel);
          buffer.clear();
        }
        buffer.putInt(codes.column()[i]).putFloat(codes.value()[i]);
      }
    }

    /// The codes that were added. The writer cannot be used afterwards.
    @SuppressWarnings("MustBeClosedChecker") // the arena is closed with the codes
    public StoredCodes finish() throws IOException {
      drain(buffer.flip(), channel);
      buffer.clear();
      long[] starts = Arrays.copyOf(rowStart, rows + 1);
      Arena arena = Arena.ofShared();
      MemorySegment entries =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, starts[rows] * ENTRY_BYTES, arena);
      return new StoredCodes(columns, starts, entries, arena);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
