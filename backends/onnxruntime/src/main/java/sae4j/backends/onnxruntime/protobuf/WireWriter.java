package sae4j.backends.onnxruntime.protobuf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// Writes one protobuf message, field by field.
final class WireWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  void varint(int field, long value) {
    rawVarint((long) field << 3);
    rawVarint(value);
  }

  void float32(int field, float value) {
    rawVarint((long) field << 3 | 5);
    int bits = Float.floatToRawIntBits(value);
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(bits >>> shift);
    }
  }

  /// A string, left out where it is empty.
  void text(int field, String value) {
    if (!value.isEmpty()) {
      string(field, value);
    }
  }

  /// A string, written even where it is empty: the missing inputs of a node keep their places.
  void string(int field, String value) {
    bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(int field, byte[] value) {
    rawVarint((long) field << 3 | 2);
    rawVarint(value.length);
    out.writeBytes(value);
  }

  void message(int field, Consumer<WireWriter> content) {
    WireWriter inner = new WireWriter();
    content.accept(inner);
    bytes(field, inner.toByteArray());
  }

  byte[] toByteArray() {
    return out.toByteArray();
  }

  private void rawVarint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
