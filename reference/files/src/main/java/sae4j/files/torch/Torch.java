// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.torch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;
import sae4j.files.Shape;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.files.TensorPlace;
import sae4j.files.pickle.PickleWriter;
import sae4j.files.pickle.PickledState;
import sae4j.files.pickle.StorageReference;
import sae4j.files.pickle.TensorReference;
import sae4j.files.zip.ZipContent;
import sae4j.files.zip.ZipDirectory;
import sae4j.files.zip.ZipWriter;

/// A file that `torch.save` wrote: a zip file of one pickle, which describes tensors, and of the
/// storages that hold their elements.
///
/// A nested tensor is named by the keys that lead to it, joined with dots as in a state dict:
/// `{"ae": {"bias": …}}` gives `ae.bias`. A list counts from 0. Strides and offsets are honoured,
/// storages stay in mapped memory, and no code in the pickle is run.
public final class Torch implements TensorFile {
  /// The alignment that torch gives to storages.
  private static final int ALIGNMENT = 64;

  private static final String PICKLE = "data.pkl";
  private static final String DAMAGED = "the file is damaged or cut short: fetch or save it again";

  private final MappedFile file;
  private final boolean bigEndian;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Map<String, MemorySegment> storages = new LinkedHashMap<>();

  /// @param offset in elements, where the tensor begins in its storage
  private record Tensor(
      TensorInfo info, ZipDirectory.Entry storage, long offset, List<Long> strides) {}

  private Torch(MappedFile file) throws IOException {
    this.file = file;
    Map<String, ZipDirectory.Entry> entries = ZipDirectory.read(file);
    ZipContent content = new ZipContent(file);
    String root = root(entries);
    this.bigEndian = isBigEndian(content, entries.get(root + "byteorder"));
    ZipDirectory.Entry pickle = entries.get(root + PICKLE);
    if (pickle == null || pickle.length() > Integer.MAX_VALUE - 8) {
      throw refused(PICKLE, "is missing or too long", DAMAGED);
    }
    byte[] bytes = content.all(pickle).toArray(ValueLayout.JAVA_BYTE);
    new Collector(entries, root).collect("", PickledState.read(path(), PICKLE, bytes));
  }

  /// Maps the file, reads its pickle, and checks every tensor against the storage it views; no
  /// element is read.
  ///
  /// @throws FormatException if it is damaged, of the format before torch 1.6, or a TorchScript
  ///     program; if its pickle asks for anything but tensors and plain values; or if a tensor
  ///     reaches beyond its storage or repeats elements
  public static Torch open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return new Torch(file);
    } catch (Throwable failure) {
      file.close();
      throw failure;
    }
  }

  /// Whether a zip file is meant to be a torch file.
  static boolean hasPickle(Map<String, ZipDirectory.Entry> entries) {
    return entries.keySet().stream().anyMatch(name -> name.endsWith("/" + PICKLE));
  }

  /// The folder that holds all entries. torch names it after the file, so it can have any name.
  private String root(Map<String, ZipDirectory.Entry> entries) throws FormatException {
    List<String> roots =
        entries.keySet().stream()
            .filter(name -> name.endsWith("/" + PICKLE))
            .map(name -> name.substring(0, name.length() - PICKLE.length()))
            .toList();
    if (roots.size() != 1) {
      throw refused(
          PICKLE,
          "is in the file " + roots.size() + " times, expected once",
          "give a file that torch.save wrote");
    }
    String root = roots.getFirst();
    if (entries.containsKey(root + "constants.pkl")) {
      throw refused(
          "file",
          "is a TorchScript program",
          "save its state instead: torch.save(module.state_dict(), path)");
    }
    return root;
  }

  private boolean isBigEndian(ZipContent content, ZipDirectory.@Nullable Entry entry)
      throws FormatException {
    if (entry == null) {
      return false;
    }
    String order =
        entry.length() > 8
            ? ""
            : new String(
                content.all(entry).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    if (!order.equals("little") && !order.equals("big")) {
      throw refused(
          "byteorder", "is " + FormatException.quote(order) + ", expected little or big", DAMAGED);
    }
    return order.equals("big");
  }

  /// Walks the pickle's tree and sorts its leaves into tensors and values.
  private final class Collector {
    private final Map<String, ZipDirectory.Entry> entries;
    private final String root;

    Collector(Map<String, ZipDirectory.Entry> entries, String root) {
      this.entries = entries;
      this.root = root;
    }

    void collect(String name, @Nullable Object node) throws FormatException {
      switch (node) {
        case null -> {}
        case Map<?, ?> dictionary -> {
          for (Map.Entry<?, ?> entry : dictionary.entrySet()) {
            collect(below(name, String.valueOf(entry.getKey())), entry.getValue());
          }
        }
        case List<?> list -> {
          for (int i = 0; i < list.size(); i++) {
            collect(below(name, Integer.toString(i)), list.get(i));
          }
        }
        case TensorReference reference ->
            add(tensors, name, tensor(name.isEmpty() ? "tensor" : name, reference));
        default -> add(values, name, node);
      }
    }

    private String below(String name, String key) {
      return name.isEmpty() ? key : name + "." + key;
    }

    private <T> void add(Map<String, T> leaves, String name, T leaf) throws FormatException {
      String known = name.isEmpty() ? "tensor" : name;
      if (tensors.containsKey(known) || values.containsKey(known)) {
        throw refused(
            PICKLE,
            "has two entries that read as " + FormatException.quote(known),
            "save them in separate files");
      }
      leaves.put(known, leaf);
    }

    private Tensor tensor(String name, TensorReference reference) throws FormatException {
      String field = "tensor " + FormatException.quote(name);
      StorageReference storage = reference.storage();
      DType dtype = dtype(storage.type());
      ZipDirectory.Entry entry = entries.get(root + "data/" + storage.key());
      if (entry == null) {
        throw refused(
            field,
            "has a storage " + FormatException.quote(storage.key()) + " that is not in the file",
            DAMAGED);
      }
      TensorInfo.checked(
          path(),
          field + " storage",
          name,
          dtype,
          List.of(Math.max(0, storage.elements())),
          entry.length());
      long[] sizes = reference.sizes().stream().mapToLong(Long::longValue).toArray();
      try {
        Shape shape = Shape.of(sizes);
        checkReach(field, shape, reference);
        return new Tensor(
            new TensorInfo(name, dtype, shape), entry, reference.offset(), reference.strides());
      } catch (IllegalArgumentException | ArithmeticException overflow) {
        throw new FormatException(
            path(),
            field,
            "has shape "
                + reference.sizes()
                + ", strides "
                + reference.strides()
                + " and offset "
                + reference.offset()
                + ", which no storage can hold",
            DAMAGED,
            overflow);
      }
    }

    /// The last element of a tensor must be in its storage. A tensor must not have more elements
    /// than its storage, because an expanded tensor would fill any memory from a file of a few
    /// bytes.
    private void checkReach(String field, Shape shape, TensorReference reference)
        throws FormatException {
      long last = reference.offset();
      boolean negative = last < 0 || reference.strides().size() != shape.rank();
      for (int axis = 0; !negative && axis < shape.rank(); axis++) {
        long stride = reference.strides().get(axis);
        negative = stride < 0;
        if (shape.elements() > 0) {
          last = Math.addExact(last, Math.multiplyExact(shape.size(axis) - 1, stride));
        }
      }
      long available = reference.storage().elements();
      if (negative || (shape.elements() > 0 ? last >= available : last > available)) {
        throw refused(
            field,
            "has shape "
                + shape
                + ", strides "
                + reference.strides()
                + " and offset "
                + reference.offset()
                + ", beyond its storage of "
                + available
                + " elements",
            DAMAGED);
      }
      if (shape.elements() > available) {
        throw refused(
            field,
            "has "
                + shape.elements()
                + " elements in a storage of "
                + available
                + ", so it repeats some",
            "save it with .contiguous()");
      }
    }
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public List<TensorInfo> tensors() {
    return tensors.values().stream().map(Tensor::info).toList();
  }

  /// The other values in the file, by dotted name in the file's order: `String`, `Boolean`, `Long`,
  /// `Double` and `BigInteger`. None, empty lists and empty dictionaries have no entry.
  public Map<String, Object> values() {
    return Collections.unmodifiableMap(values);
  }

  @Override
  public StoredTensor tensor(String name) throws FormatException {
    info(name);
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalStateException(
          "tensor " + name + " is listed but has no place in " + path());
    }
    long start = tensor.offset() * tensor.info().dtype().bytes();
    long[] strides = tensor.strides().stream().mapToLong(Long::longValue).toArray();
    return new StoredTensor(
        path(), tensor.info(), storage(tensor.storage()).asSlice(start), bigEndian, strides);
  }

  /// Where a tensor's bytes lie, after their checksum has been verified.
  ///
  /// @throws FormatException if there is none of that name, or its bytes are packed, big-endian or
  ///     not row-major, so that nobody can map them
  public TensorPlace place(String name) throws FormatException {
    StoredTensor stored = tensor(name);
    Tensor tensor = Objects.requireNonNull(tensors.get(name));
    if (tensor.storage().deflated() || bigEndian || !stored.isRowMajor()) {
      throw refused(
          "tensor " + FormatException.quote(name),
          "is packed, big-endian or not stored row by row",
          "save it again with a newer torch, contiguous, or as safetensors");
    }
    return new TensorPlace(
        tensor.storage().dataStart() + tensor.offset() * tensor.info().dtype().bytes(),
        tensor.info().byteLength());
  }

  /// The bytes of a storage. Its checksum is verified when it is first asked for.
  private synchronized MemorySegment storage(ZipDirectory.Entry entry) throws FormatException {
    MemorySegment known = storages.get(entry.name());
    if (known == null) {
      known = new ZipContent(file).all(entry);
      storages.put(entry.name(), known);
    }
    return known;
  }

  @Override
  public void close() {
    file.close();
  }

  private FormatException refused(String field, String problem, String remedy) {
    return new FormatException(path(), field, problem, remedy);
  }

  private static DType dtype(String storageType) {
    for (DType dtype : DType.values()) {
      if (storageType(dtype).equals(storageType)) {
        return dtype;
      }
    }
    throw new IllegalStateException("storage type " + storageType + " is allowed but not known");
  }

  private static String storageType(DType dtype) {
    return switch (dtype) {
      case F64 -> "DoubleStorage";
      case F32 -> "FloatStorage";
      case F16 -> "HalfStorage";
      case BF16 -> "BFloat16Storage";
      case I64 -> "LongStorage";
      case I32 -> "IntStorage";
      case I16 -> "ShortStorage";
      case I8 -> "CharStorage";
      case U8 -> "ByteStorage";
      case BOOL -> "BoolStorage";
    };
  }

  /// Writes a file atomically that `torch.load(path, weights_only=True)` reads.
  ///
  /// @param state what torch.load will return: a dictionary whose values are [TensorData] (its own
  ///     name is not written), strings, booleans, integers, longs, doubles, nulls, and lists and
  ///     string-keyed maps of these
  /// @throws IllegalArgumentException if it holds anything else
  /// @throws IOException if the file cannot be written or a row source fails; nothing is left
  ///     behind
  public static void write(Path path, Map<String, ?> state) throws IOException {
    List<TensorData> storages = new ArrayList<>();
    byte[] pickle = PickleWriter.write(withReferences(state, storages));
    AtomicWrite.file(
        path,
        channel -> {
          ZipWriter zip = new ZipWriter(channel, ALIGNMENT);
          zip.entry("archive/" + PICKLE, pickle);
          zip.entry("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
          for (int key = 0; key < storages.size(); key++) {
            TensorData storage = storages.get(key);
            zip.entry("archive/data/" + key, to -> storage.writeTo(to, new byte[0]));
          }
          zip.entry("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII));
          zip.finish();
        });
  }

  /// The tree, in which a reference to its future storage stands for each tensor.
  private static @Nullable Object withReferences(@Nullable Object node, List<TensorData> storages) {
    return switch (node) {
      case TensorData tensor -> {
        Shape shape = tensor.info().shape();
        String key = Integer.toString(storages.size());
        storages.add(tensor);
        StorageReference storage =
            new StorageReference(storageType(tensor.info().dtype()), key, shape.elements());
        yield new TensorReference(storage, 0, boxed(shape.sizes()), boxed(shape.rowMajorStrides()));
      }
      case Map<?, ?> dictionary -> {
        Map<Object, @Nullable Object> replaced = new LinkedHashMap<>();
        dictionary.forEach((key, value) -> replaced.put(key, withReferences(value, storages)));
        yield replaced;
      }
      case List<?> list -> {
        List<@Nullable Object> replaced = new ArrayList<>();
        list.forEach(value -> replaced.add(withReferences(value, storages)));
        yield replaced;
      }
      case null, default -> node;
    };
  }

  private static List<Long> boxed(long[] numbers) {
    return Arrays.stream(numbers).boxed().toList();
  }
}
