// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.pickle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.Opcodes;
import org.jspecify.annotations.Nullable;

/// Writes the trees that [PickledState] reads, in protocol 2, so that `torch.load(…,
/// weights_only=True)` accepts them.
///
/// It uses no memo, because nothing in a tree of tensors is worth sharing.
public final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private PickleWriter() {}

  /// @param tree maps with string keys, lists, [TensorReference]s, strings, booleans, integers,
  ///     longs, doubles, and nulls
  /// @return the pickle
  /// @throws IllegalArgumentException if the tree holds anything else
  public static byte[] write(@Nullable Object tree) {
    PickleWriter writer = new PickleWriter();
    writer.opcode(Opcodes.PROTO);
    writer.out.write(2);
    writer.value(tree);
    writer.opcode(Opcodes.STOP);
    return writer.out.toByteArray();
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case null -> opcode(Opcodes.NONE);
      case TensorReference tensor -> tensor(tensor);
      case String text -> text(text);
      case Boolean flag -> opcode(flag ? Opcodes.NEWTRUE : Opcodes.NEWFALSE);
      case Integer number -> integer(number);
      case Long number -> integer(number);
      case Double number -> {
        opcode(Opcodes.BINFLOAT);
        out.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
      }
      case List<?> list -> {
        opcode(Opcodes.EMPTY_LIST);
        opcode(Opcodes.MARK);
        list.forEach(this::value);
        opcode(Opcodes.APPENDS);
      }
      case Map<?, ?> dictionary -> dictionary(dictionary);
      default ->
          throw new IllegalArgumentException(
              "a " + value.getClass().getSimpleName() + " cannot be saved; use plain values");
    }
  }

  private void dictionary(Map<?, ?> dictionary) {
    opcode(Opcodes.EMPTY_DICT);
    opcode(Opcodes.MARK);
    dictionary.forEach(
        (key, value) -> {
          if (!(key instanceof String name)) {
            throw new IllegalArgumentException("the key " + key + " is no string");
          }
          text(name);
          value(value);
        });
    opcode(Opcodes.SETITEMS);
  }

  /// `torch._utils._rebuild_tensor_v2(storage, offset, sizes, strides, False, OrderedDict())`
  private void tensor(TensorReference tensor) {
    global("torch._utils", "_rebuild_tensor_v2");
    opcode(Opcodes.MARK);
    opcode(Opcodes.MARK);
    text("storage");
    global("torch", tensor.storage().type());
    text(tensor.storage().key());
    text("cpu");
    integer(tensor.storage().elements());
    opcode(Opcodes.TUPLE);
    opcode(Opcodes.BINPERSID);
    integer(tensor.offset());
    tuple(tensor.sizes());
    tuple(tensor.strides());
    opcode(Opcodes.NEWFALSE);
    global("collections", "OrderedDict");
    opcode(Opcodes.EMPTY_TUPLE);
    opcode(Opcodes.REDUCE);
    opcode(Opcodes.TUPLE);
    opcode(Opcodes.REDUCE);
  }

  private void tuple(List<Long> numbers) {
    opcode(Opcodes.MARK);
    numbers.forEach(this::integer);
    opcode(Opcodes.TUPLE);
  }

  private void global(String module, String name) {
    opcode(Opcodes.GLOBAL);
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    opcode(Opcodes.BINUNICODE);
    out.writeBytes(littleEndian(4).putInt(bytes.length).array());
    out.writeBytes(bytes);
  }

  private void integer(long number) {
    if (number == (int) number) {
      opcode(Opcodes.BININT);
      out.writeBytes(littleEndian(4).putInt((int) number).array());
    } else {
      opcode(Opcodes.LONG1);
      out.write(8);
      out.writeBytes(littleEndian(8).putLong(number).array());
    }
  }

  private static ByteBuffer littleEndian(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void opcode(short opcode) {
    out.write(opcode);
  }
}
