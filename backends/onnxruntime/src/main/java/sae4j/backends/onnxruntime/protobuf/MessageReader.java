// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.protobuf;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// Reads one protobuf message field by field, where it lies in a mapped file.
///
/// [CodedInputStream] decodes. This class adds the position in the file, so that the bytes of a
/// tensor can be left there, and it checks wire types. Malformed bytes throw
/// [InvalidProtocolBufferException].
final class MessageReader {
  private final ByteBuffer bytes;
  private final long start;
  private final CodedInputStream in;
  private int tag;

  /// @param file the whole file
  MessageReader(ByteBuffer file) {
    this(file, 0);
  }

  /// @param bytes the message, from index 0 on
  /// @param start where the message begins in the file
  private MessageReader(ByteBuffer bytes, long start) {
    this.bytes = bytes;
    this.start = start;
    this.in = CodedInputStream.newInstance(bytes.duplicate());
  }

  /// Moves to the next field.
  ///
  /// @return false at the end of the message
  boolean next() throws IOException {
    tag = in.readTag();
    return tag != 0;
  }

  /// The number of the current field.
  int field() {
    return WireFormat.getTagFieldNumber(tag);
  }

  /// Passes over the current field without copying it.
  void skip() throws IOException {
    in.skipField(tag);
  }

  long varint() throws IOException {
    expect(WireFormat.WIRETYPE_VARINT);
    return in.readInt64();
  }

  float float32() throws IOException {
    expect(WireFormat.WIRETYPE_FIXED32);
    return in.readFloat();
  }

  String string() throws IOException {
    expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readString();
  }

  byte[] bytes() throws IOException {
    expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readByteArray();
  }

  /// A reader of the message, or of the bytes, in the current field.
  MessageReader message() throws IOException {
    expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int length = in.readRawVarint32();
    int from = in.getTotalBytesRead();
    in.skipRawBytes(length);
    return new MessageReader(bytes.slice(from, length), start + from);
  }

  /// A repeated integer, packed or not.
  void varints(LongConsumer each) throws IOException {
    if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      each.accept(varint());
      return;
    }
    CodedInputStream packed = message().in;
    while (!packed.isAtEnd()) {
      each.accept(packed.readInt64());
    }
  }

  /// A repeated float, packed or not.
  void floats(Consumer<Float> each) throws IOException {
    if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      each.accept(float32());
      return;
    }
    CodedInputStream packed = message().in;
    while (!packed.isAtEnd()) {
      each.accept(packed.readFloat());
    }
  }

  /// Where what is left of this message begins in the file.
  long position() {
    return start + in.getTotalBytesRead();
  }

  /// The length of what is left of this message.
  int length() {
    return bytes.limit() - in.getTotalBytesRead();
  }

  /// A copy of what is left of this message.
  byte[] remaining() {
    byte[] copy = new byte[length()];
    bytes.get(in.getTotalBytesRead(), copy);
    return copy;
  }

  /// Another reader of what is left of this message.
  MessageReader copy() {
    return new MessageReader(bytes.slice(in.getTotalBytesRead(), length()), position());
  }

  private void expect(int wireType) throws InvalidProtocolBufferException {
    int found = WireFormat.getTagWireType(tag);
    if (found != wireType) {
      throw new InvalidProtocolBufferException(
          "field "
              + field()
              + " before byte "
              + position()
              + " has wire type "
              + found
              + ", expected "
              + wireType);
    }
  }
}
