// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

import dev.hardwood.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Numbers of a structure in Thrift's compact protocol, read from a part of a file. All else in it
/// is passed over.
///
/// Source: the specification of Apache Thrift's compact protocol.
final class Thrift {
  private static final int LONGEST_VARINT = 10;
  private static final int DEEPEST = 16;
  private static final int BLOCK = 1 << 12;

  private final InputFile input;
  private final long end;
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private long at;

  /// Hears of numbers and structures.
  @FunctionalInterface
  interface Fields {
    /// @param path the numbers of the fields that lead to it: 5, 1 as 0x501
    void number(int path, long value);
  }

  /// @param from where the structure begins
  /// @param end where the part of the file ends
  Thrift(InputFile input, long from, long end) {
    this.input = input;
    this.at = from;
    this.end = end;
  }

  /// Where the next byte is.
  long at() {
    return at;
  }

  private int next() throws IOException {
    if (at >= end) {
      throw new EOFException();
    }
    if (!buffer.hasRemaining()) {
      buffer = input.readRange(at, (int) Math.min(BLOCK, end - at));
    }
    at++;
    return buffer.get() & 0xFF;
  }

  private void skip(long bytes) throws IOException {
    if (bytes < 0 || bytes > end - at) {
      throw new EOFException();
    }
    if (bytes <= buffer.remaining()) {
      buffer.position(buffer.position() + (int) bytes);
    } else {
      buffer = ByteBuffer.allocate(0);
    }
    at += bytes;
  }

  /// Reads a number of bytes of 7 bits each.
  long varint() throws IOException {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      int next = next();
      value |= (long) (next & 0x7F) << (7 * i);
      if (next < 0x80) {
        return value;
      }
    }
    throw new IOException("a number has no end");
  }

  private long zigzag() throws IOException {
    long value = varint();
    return (value >>> 1) ^ -(value & 1);
  }

  /// Reads a structure.
  void struct(Fields fields) throws IOException {
    struct(0, 0, fields);
  }

  private void struct(int path, int depth, Fields fields) throws IOException {
    if (depth > DEEPEST) {
      throw new IOException("it is too deep");
    }
    int field = 0;
    for (int head = next(); head != 0; head = next()) {
      int delta = head >> 4;
      field = delta == 0 ? (int) zigzag() : field + delta;
      value(head & 0xF, path << 8 | (field & 0xFF), depth, fields);
    }
  }

  private void value(int type, int path, int depth, Fields fields) throws IOException {
    switch (type) {
      case 1, 2 -> fields.number(path, type == 1 ? 1 : 0); // true and false are types
      case 3 -> skip(1);
      case 4, 5, 6 -> fields.number(path, zigzag());
      case 7 -> skip(Double.BYTES);
      case 8 -> skip(varint());
      case 9, 10 -> list(path, depth, fields);
      case 12 -> struct(path, depth + 1, fields);
      default -> throw new IOException("it has a field of an unknown kind");
    }
  }

  private void list(int path, int depth, Fields fields) throws IOException {
    int head = next();
    long count = head >> 4 == 15 ? varint() : head >> 4;
    int type = head & 0xF;
    if (count < 0 || count > end - at) {
      throw new EOFException();
    }
    for (long i = 0; i < count; i++) {
      if (type == 1 || type == 2) {
        skip(1); // in a list, truth takes a byte
      } else {
        value(type, path, depth + 1, fields);
      }
    }
  }
}
