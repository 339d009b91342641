// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32;

/// Encodes elements as little-endian bytes and writes them to a channel through one small buffer.
public final class ElementSink {
  private static final int BUFFER_BYTES = 1 << 18;

  private final WritableByteChannel channel;
  private final DType dtype;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32 checksum = new CRC32();
  private long elements;

  /// @param channel receives the bytes; not closed
  /// @param dtype the type that elements are written as
  public ElementSink(WritableByteChannel channel, DType dtype) {
    this.channel = channel;
    this.dtype = dtype;
  }

  /// Writes bytes as they are, before the elements and not counted among them.
  public void putHead(byte[] head) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(head);
    checksum.update(bytes.duplicate());
    writeFully(channel, bytes);
  }

  /// Writes the elements `[from, to)`, each rounded to the element type.
  public void put(float[] values, int from, int to) throws IOException {
    if (dtype == DType.F32) {
      putInBulk(values, from, to);
      return;
    }
    for (int i = from; i < to; i++) {
      putBits(dtype.bits(values[i]));
    }
  }

  private void putInBulk(float[] values, int from, int to) throws IOException {
    for (int next = from; next < to; ) {
      if (buffer.remaining() < Float.BYTES) {
        drain();
      }
      int count = Math.min(to - next, buffer.remaining() / Float.BYTES);
      buffer.asFloatBuffer().put(values, next, count);
      buffer.position(buffer.position() + count * Float.BYTES);
      next += count;
    }
    elements += to - from;
  }

  /// Writes elements, each rounded to the element type.
  public void put(double[] values) throws IOException {
    for (double value : values) {
      putBits(dtype.bits(value));
    }
  }

  /// Writes integers.
  ///
  /// @throws IllegalArgumentException if the element type cannot hold one
  public void put(long[] values) throws IOException {
    for (long value : values) {
      putBits(dtype.bits(value));
    }
  }

  /// Writes one element by its bit pattern, in the low bits of `bits`.
  public void putBits(long bits) throws IOException {
    if (buffer.remaining() < Long.BYTES) {
      drain();
    }
    switch (dtype.bytes()) {
      case 1 -> buffer.put((byte) bits);
      case 2 -> buffer.putShort((short) bits);
      case 4 -> buffer.putInt((int) bits);
      default -> buffer.putLong(bits);
    }
    elements++;
  }

  /// Writes what is still buffered. Nothing may be put afterwards.
  public void finish() throws IOException {
    drain();
  }

  /// The type that elements are written as.
  public DType dtype() {
    return dtype;
  }

  /// How many elements have been put so far.
  public long elements() {
    return elements;
  }

  /// The CRC-32 of all bytes written so far, as zip files need it.
  public long checksum() {
    return checksum.getValue();
  }

  private void drain() throws IOException {
    buffer.flip();
    checksum.update(buffer.duplicate());
    writeFully(channel, buffer);
    buffer.clear();
  }

  /// Writes all bytes. A channel may accept fewer than it is given, so this repeats the call.
  public static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
