package sae4j.backends.onnxruntime.protobuf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// Reads one protobuf message, field by field, from memory that may be a mapped file. It never
/// copies what is skipped, and knows at which byte of the file it stands, so that tensors can be
/// left there.
///
/// Malformed bytes throw [IllegalArgumentException] with the position.
final class WireReader {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final MemorySegment bytes;
  private final long end;
  private long at;
  private int field;
  private int wireType;

  WireReader(MemorySegment bytes) {
    this(bytes, 0, bytes.byteSize());
  }

  private WireReader(MemorySegment bytes, long at, long end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /// Moves to the next field.
  ///
  /// @return false at the end of the message
  boolean next() {
    if (at == end) {
      return false;
    }
    long tag = rawVarint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    if (field == 0) {
      throw broken("field number 0");
    }
    return true;
  }

  int field() {
    return field;
  }

  void skip() {
    switch (wireType) {
      case VARINT -> rawVarint();
      case FIXED64 -> advance(8);
      case BYTES -> advance(rawVarint());
      case FIXED32 -> advance(4);
      default -> throw broken("wire type " + wireType);
    }
  }

  long varint() {
    expect(VARINT);
    return rawVarint();
  }

  float float32() {
    expect(FIXED32);
    long from = advance(4);
    return Float.intBitsToFloat(bytes.get(INT, from));
  }

  WireReader message() {
    expect(BYTES);
    long length = rawVarint();
    long from = advance(length);
    return new WireReader(bytes, from, from + length);
  }

  String string() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  byte[] bytes() {
    WireReader message = message();
    return message.remaining();
  }

  /// What is left of this message, copied.
  byte[] remaining() {
    return bytes.asSlice(at, end - at).toArray(ValueLayout.JAVA_BYTE);
  }

  /// The first byte of this message, counted from the start of the memory.
  long position() {
    return at;
  }

  /// The length of what is left of this message.
  long length() {
    return end - at;
  }

  /// A repeated integer, packed or not.
  void varints(LongConsumer each) {
    if (wireType != BYTES) {
      each.accept(varint());
      return;
    }
    WireReader packed = message();
    while (packed.at < packed.end) {
      each.accept(packed.rawVarint());
    }
  }

  /// A repeated float, packed or not.
  void floats(Consumer<Float> each) {
    if (wireType != BYTES) {
      each.accept(float32());
      return;
    }
    WireReader packed = message();
    while (packed.at < packed.end) {
      each.accept(Float.intBitsToFloat(bytes.get(INT, packed.advance(4))));
    }
  }

  /// Another reader of what is left of this message.
  WireReader copy() {
    return new WireReader(bytes, at, end);
  }

  private long rawVarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = bytes.get(ValueLayout.JAVA_BYTE, advance(1));
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw broken("a number that does not end");
  }

  private long advance(long length) {
    if (length < 0 || length > end - at) {
      throw broken("a field that reaches beyond the end");
    }
    long from = at;
    at += length;
    return from;
  }

  private void expect(int type) {
    if (wireType != type) {
      throw broken(
          "field " + field + " with wire type " + wireType + " where " + type + " belongs");
    }
  }

  private IllegalArgumentException broken(String what) {
    return new IllegalArgumentException(what + " at byte " + at);
  }
}
