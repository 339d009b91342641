// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/// A constant tensor of a graph.
///
/// @param name what nodes call it
/// @param type its elements
/// @param dims its shape
/// @param storage where its bytes are, little-endian, row-major
public record GraphWeight(String name, ElementType type, long[] dims, Storage storage) {
  private static final int STEP = 1 << 22;

  /// Where the bytes of a tensor are.
  public sealed interface Storage {
    /// In memory.
    record Inline(byte[] bytes) implements Storage {
      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public ByteBuffer part(long from, int count) {
        return ByteBuffer.wrap(bytes, (int) from, count).slice().order(ByteOrder.LITTLE_ENDIAN);
      }
    }

    /// Inside a file. They are not read before a session needs them.
    record InFile(Path file, long offset, long length) implements Storage {
      @Override
      public ByteBuffer part(long from, int count) throws IOException {
        ByteBuffer part = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file)) {
          while (part.hasRemaining()) {
            if (channel.read(part, offset + from + part.position()) < 0) {
              throw new EOFException(file + ": ends before byte " + (offset + length));
            }
          }
        }
        return part.flip();
      }
    }

    /// How many bytes there are.
    long length();

    /// Some of the bytes.
    ///
    /// @param from the first of them
    /// @param count how many
    ByteBuffer part(long from, int count) throws IOException;

    /// How many bytes [#part] reads at most that begins at `from`, in a walk over all of them.
    default int step(long from) {
      return (int) Math.min(STEP, length() - from);
    }

    /// Whether the bytes are the same.
    default boolean holdsSameAs(Storage other) throws IOException {
      if (equals(other)) {
        return true;
      }
      boolean same = length() == other.length();
      for (long at = 0; same && at < length(); at += STEP) {
        same = part(at, step(at)).equals(other.part(at, step(at)));
      }
      return same;
    }
  }

  /// A float32 constant.
  public static GraphWeight floats(String name, long[] dims, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new GraphWeight(name, ElementType.FLOAT, dims, new Storage.Inline(bytes.array()));
  }

  /// An int64 constant of rank 1.
  public static GraphWeight longs(String name, long... values) {
    return new GraphWeight(
        name, ElementType.INT64, new long[] {values.length}, new Storage.Inline(bytes(values)));
  }

  /// An int64 scalar.
  public static GraphWeight scalar(String name, long value) {
    return new GraphWeight(name, ElementType.INT64, new long[0], new Storage.Inline(bytes(value)));
  }

  /// Whether it holds NaN or +∞, with which nothing can be computed. −∞ is what masks hold.
  public boolean isBroken() throws IOException {
    boolean broken = false;
    for (long at = 0; !broken && at < storage.length(); at += STEP) {
      ByteBuffer part = storage.part(at, storage.step(at));
      while (!broken && part.hasRemaining()) {
        double number =
            switch (type) {
              case DOUBLE -> part.getDouble();
              case FLOAT -> part.getFloat();
              case FLOAT16 -> Float.float16ToFloat(part.getShort());
              case BFLOAT16 -> Float.intBitsToFloat(part.getShort() << Short.SIZE);
              default -> part.position(part.limit()).position();
            };
        broken = Double.isNaN(number) || number == Double.POSITIVE_INFINITY;
      }
    }
    return broken;
  }

  /// How many numbers it has.
  public long elements() {
    return Arrays.stream(dims).reduce(1, Math::multiplyExact);
  }

  /// The same tensor under another name.
  public GraphWeight named(String other) {
    return new GraphWeight(other, type, dims, storage);
  }

  private static byte[] bytes(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return bytes.array();
  }
}
