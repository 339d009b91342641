// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.pickle;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;
import sae4j.files.FormatException;

/// The library's unpickler, restricted to what saved tensors need.
///
/// The library alone looks names up in a table that any code in the JVM may extend. It calls
/// `__setstate__` by reflection, it trusts every length, and it loses the order of dictionaries.
/// Here, each instruction is passed on if it is harmless, or carried out in this class, or refused.
/// An instance reads one pickle, in one thread.
final class AllowedUnpickler extends Unpickler {
  private static final Map<String, IObjectConstructor> ALLOWED = allowed();

  private final ByteArrayInputStream bytes;

  AllowedUnpickler(byte[] pickle) {
    this.bytes = new ByteArrayInputStream(pickle);
  }

  /// The object that the pickle describes. It consists of the library's types and of this
  /// package's.
  Object load() throws IOException {
    Object value = load(bytes);
    if (bytes.available() > 0) {
      throw new RefusedPickle("goes on for " + bytes.available() + " bytes after its end");
    }
    return value;
  }

  @Override
  protected Object dispatch(short opcode) throws IOException {
    switch (opcode) {
      case Opcodes.PROTO,
          Opcodes.FRAME,
          Opcodes.STOP,
          Opcodes.MARK,
          Opcodes.BINPUT,
          Opcodes.LONG_BINPUT,
          Opcodes.MEMOIZE,
          Opcodes.BINGET,
          Opcodes.LONG_BINGET,
          Opcodes.NONE,
          Opcodes.NEWTRUE,
          Opcodes.NEWFALSE,
          Opcodes.BININT,
          Opcodes.BININT1,
          Opcodes.BININT2,
          Opcodes.LONG1,
          Opcodes.BINFLOAT,
          Opcodes.SHORT_BINSTRING,
          Opcodes.SHORT_BINUNICODE,
          Opcodes.EMPTY_TUPLE,
          Opcodes.TUPLE,
          Opcodes.TUPLE1,
          Opcodes.TUPLE2,
          Opcodes.TUPLE3,
          Opcodes.EMPTY_LIST,
          Opcodes.APPEND,
          Opcodes.REDUCE,
          Opcodes.BINPERSID -> {
        return super.dispatch(opcode);
      }
      case Opcodes.BINUNICODE, Opcodes.BINSTRING -> {
        checkLength();
        return super.dispatch(opcode);
      }
      case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<>());
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        Object key = stack.pop();
        put(key, value);
      }
      case Opcodes.APPENDS -> appendAll(stack.pop_all_since_marker());
      case Opcodes.SETITEMS -> putAll(stack.pop_all_since_marker());
      case Opcodes.GLOBAL ->
          stack.add(named(PickleUtils.readline(input), PickleUtils.readline(input)));
      case Opcodes.STACK_GLOBAL -> {
        Object name = stack.pop();
        stack.add(named((String) stack.pop(), (String) name));
      }
      case Opcodes.BUILD -> dropState();
      default ->
          throw new RefusedPickle(
              String.format(
                  Locale.ROOT,
                  "has instruction 0x%02x, which saved tensors do not need",
                  opcode & 0xFF));
    }
    return NO_RETURN_VALUE;
  }

  /// Checks a length, because the library allocates that much memory before it compares the length
  /// with the input.
  private void checkLength() {
    bytes.mark(0);
    byte[] length = new byte[4];
    int read = bytes.readNBytes(length, 0, 4);
    long claimed = read == 4 ? PickleUtils.bytes_to_uint(length, 0) : 0;
    if (claimed > bytes.available()) {
      throw new RefusedPickle(
          "has a text of " + claimed + " bytes, expected at most " + bytes.available());
    }
    bytes.reset();
  }

  /// The library makes a list as long as it must be, each time anew, which takes time with the
  /// square of the length of a list that grows by little.
  // the only lists are those that the library makes, and they take any object
  @SuppressWarnings("unchecked")
  private void appendAll(List<Object> values) {
    if (!(stack.peek() instanceof ArrayList<?> list)) {
      throw new RefusedPickle("appends to something that is no list");
    }
    ((List<Object>) list).addAll(values);
  }

  private void putAll(List<Object> keysAndValues) {
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      put(keysAndValues.get(i), keysAndValues.get(i + 1));
    }
  }

  /// Accepts only keys of simple types, because hashing a list that holds itself would not end.
  // the only maps are the dictionaries made above, and they take any object
  @SuppressWarnings("unchecked")
  private void put(Object key, Object value) {
    if (!(key instanceof String || key instanceof Integer || key instanceof Long)) {
      throw new RefusedPickle("has a dictionary key that is neither a string nor a whole number");
    }
    ((Map<Object, Object>) stack.peek()).put(key, value);
  }

  private static IObjectConstructor named(String module, String name) {
    IObjectConstructor constructor = ALLOWED.get(module + " " + name);
    if (constructor == null) {
      throw new RefusedPickle(
          "asks for "
              + FormatException.quote(module + "." + name)
              + ", which saved tensors do not need, and which is not run");
    }
    return constructor;
  }

  /// Drops the attributes of a state dict, such as `_metadata`, because they hold no tensors. Other
  /// objects have no state.
  private void dropState() {
    stack.pop();
    if (!(stack.peek() instanceof LinkedHashMap)) {
      throw new RefusedPickle("sets the state of an object that has none");
    }
  }

  @Override
  protected Object persistentLoad(Object id) {
    if (id instanceof Object[] parts
        && parts.length == 5
        && "storage".equals(parts[0])
        && parts[1] instanceof StorageClass type
        && parts[2] instanceof String key) {
      return new StorageReference(type.name(), key, integer(parts[4]));
    }
    throw new RefusedPickle(
        "has a persistent id that is not ('storage', class, key, device, size)");
  }

  /// A storage class is only ever named, never called.
  private record StorageClass(String name) implements IObjectConstructor {
    @Override
    public Object construct(Object[] arguments) {
      throw new RefusedPickle(
          "calls torch." + name + ", which only makes sense as the type of a storage");
    }
  }

  private static Map<String, IObjectConstructor> allowed() {
    Map<String, IObjectConstructor> allowed = new LinkedHashMap<>();
    allowed.put("torch._utils _rebuild_tensor_v2", AllowedUnpickler::tensor);
    allowed.put("torch._utils _rebuild_parameter", arguments -> argument(arguments, 0, 3, 3));
    allowed.put(
        "collections OrderedDict",
        arguments -> {
          if (arguments.length != 0) {
            throw new RefusedPickle("calls OrderedDict with arguments");
          }
          return new LinkedHashMap<>();
        });
    allowed.put("torch Size", arguments -> argument(arguments, 0, 1, 1));
    for (String type :
        List.of(
            "Double",
            "Float",
            "Half",
            "BFloat16",
            "Long",
            "Int",
            "Short",
            "Char",
            "Byte",
            "Bool")) {
      allowed.put("torch " + type + "Storage", new StorageClass(type + "Storage"));
    }
    return Map.copyOf(allowed);
  }

  /// `(storage, offset, sizes, strides, requires_grad, backward_hooks, metadata)`, the last of them
  /// optional
  private static Object tensor(Object[] arguments) {
    Object storage = argument(arguments, 0, 6, 7);
    if (!(storage instanceof StorageReference reference)) {
      throw new RefusedPickle("has a tensor without a storage");
    }
    return new TensorReference(
        reference, integer(arguments[1]), integers(arguments[2]), integers(arguments[3]));
  }

  private static Object argument(Object[] arguments, int index, int fewest, int most) {
    if (arguments.length < fewest || arguments.length > most) {
      throw new RefusedPickle("calls with " + arguments.length + " arguments what takes " + most);
    }
    return arguments[index];
  }

  private static List<Long> integers(Object value) {
    if (!(value instanceof Object[] parts)) {
      throw new RefusedPickle("has a shape or strides that are no tuple");
    }
    List<Long> numbers = new ArrayList<>(parts.length);
    for (Object part : parts) {
      numbers.add(integer(part));
    }
    return List.copyOf(numbers);
  }

  private static long integer(Object value) {
    return switch (value) {
      case Integer number -> number;
      case Long number -> number;
      case null, default ->
          throw new RefusedPickle("has something else where a whole number below 2^63 belongs");
    };
  }
}
