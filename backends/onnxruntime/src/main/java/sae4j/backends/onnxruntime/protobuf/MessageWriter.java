// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.protobuf;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/// Writes one protobuf message field by field into memory. [CodedOutputStream] encodes.
final class MessageWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  /// Writes the fields of a message.
  interface Content {
    void writeTo(MessageWriter message) throws IOException;
  }

  void varint(int field, long value) throws IOException {
    out.writeInt64(field, value);
  }

  void float32(int field, float value) throws IOException {
    out.writeFloat(field, value);
  }

  /// A string, left out where it is empty.
  void text(int field, String value) throws IOException {
    if (!value.isEmpty()) {
      string(field, value);
    }
  }

  /// A string, written even where it is empty, because the missing inputs of a node keep their
  /// places.
  void string(int field, String value) throws IOException {
    out.writeString(field, value);
  }

  void bytes(int field, byte[] value) throws IOException {
    out.writeByteArray(field, value);
  }

  void message(int field, Content content) throws IOException {
    MessageWriter inner = new MessageWriter();
    content.writeTo(inner);
    bytes(field, inner.toByteArray());
  }

  byte[] toByteArray() throws IOException {
    out.flush();
    return bytes.toByteArray();
  }
}
