// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// A whole file, mapped into read-only memory, with little-endian access. Every view of it ends
/// when it is closed.
public final class MappedFile implements AutoCloseable {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Arena arena;
  private final MemorySegment bytes;

  private MappedFile(Path path, Arena arena, MemorySegment bytes) {
    this.path = path;
    this.arena = arena;
    this.bytes = bytes;
  }

  /// Maps a file.
  ///
  /// @throws NoSuchFileException if there is no such file
  /// @throws FormatException if it is a folder, a pipe or a device
  // the arena lives as long as the returned file, which closes it
  @SuppressWarnings("MustBeClosedChecker")
  public static MappedFile open(Path path) throws IOException {
    return map(path, Arena.ofShared());
  }

  /// As [#open], for use by the calling thread alone, which is cheaper to close.
  // as above
  @SuppressWarnings("MustBeClosedChecker")
  public static MappedFile glance(Path path) throws IOException {
    return map(path, Arena.ofConfined());
  }

  /// Bytes in memory, treated like those of a mapped file.
  ///
  /// @param name what to call the file in messages
  // as above
  @SuppressWarnings("MustBeClosedChecker")
  public static MappedFile inMemory(Path name, byte[] bytes) {
    return new MappedFile(name, Arena.ofShared(), MemorySegment.ofArray(bytes));
  }

  private static MappedFile map(Path path, Arena arena) throws IOException {
    try {
      checkRegular(path);
      try (FileChannel channel = FileChannel.open(path)) {
        return new MappedFile(
            path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
      }
    } catch (Throwable failure) {
      arena.close();
      throw failure;
    }
  }

  private static void checkRegular(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "no such file; check the path");
    }
    if (!Files.isRegularFile(path)) {
      throw new FormatException(
          path,
          "file",
          Files.isDirectory(path) ? "is a folder" : "is not a regular file",
          "give one safetensors, npy, npz or torch file");
    }
  }

  /// The file.
  public Path path() {
    return path;
  }

  /// Its length in bytes.
  public long size() {
    return bytes.byteSize();
  }

  /// A view of a range.
  ///
  /// @throws IndexOutOfBoundsException if the range is not inside the file
  public MemorySegment slice(long offset, long length) {
    return bytes.asSlice(offset, length);
  }

  /// A copy of a range. The caller has checked that it is small and inside the file.
  public byte[] copy(long offset, int length) {
    return bytes.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /// An unsigned 16-bit number.
  public int u16(long offset) {
    return Short.toUnsignedInt(bytes.get(U16, offset));
  }

  /// An unsigned 32-bit number.
  public long u32(long offset) {
    return Integer.toUnsignedLong(bytes.get(U32, offset));
  }

  /// An unsigned 64-bit number; negative if a signed `long` cannot hold it.
  public long u64(long offset) {
    return bytes.get(U64, offset);
  }

  /// Whether the file has these bytes at `offset`.
  public boolean has(long offset, byte... expected) {
    return offset >= 0
        && offset <= size() - expected.length
        && bytes.asSlice(offset, expected.length).mismatch(MemorySegment.ofArray(expected)) < 0;
  }

  /// Fresh memory for unpacked data. It lives until the file is closed.
  public MemorySegment allocate(long length) {
    return arena.allocate(length);
  }

  @Override
  public void close() {
    arena.close();
  }
}
