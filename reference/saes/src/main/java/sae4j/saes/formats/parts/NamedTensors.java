// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats.parts;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.Shape;
import sae4j.files.StoredTensor;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.saes.weights.Weight;

/// The tensors of a file, read strictly: none missing, none too many, each of the expected shape.
public final class NamedTensors {
  private final TensorFile file;

  public NamedTensors(TensorFile file) {
    this.file = file;
  }

  public boolean has(String name) {
    return file.tensors().stream().anyMatch(tensor -> tensor.name().equals(name));
  }

  /// Refuses a file that does not have these tensors, or has others beside them.
  ///
  /// @param optional may be there
  public void requireNames(Set<String> required, Set<String> optional) throws FormatException {
    Set<String> extra = new TreeSet<>();
    file.tensors().forEach(tensor -> extra.add(tensor.name()));
    Set<String> missing = new TreeSet<>(required);
    missing.removeAll(extra);
    extra.removeAll(required);
    extra.removeAll(optional);
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new FormatException(
          file.path(),
          "tensors",
          "missing [%s], unexpected [%s]"
              .formatted(FormatException.list(missing), FormatException.list(extra)),
          "the architecture in the configuration must be the one of the weights");
    }
  }

  /// The shape of a matrix, for a format that does not write its sizes down elsewhere.
  ///
  /// @throws FormatException if it is not there, is no matrix, or one of its sizes is 0
  public int[] matrixSizes(String name) throws FormatException {
    TensorInfo info = file.info(name);
    if (info.shape().rank() != 2
        || info.shape().elements() == 0
        || info.shape().size(0) > Integer.MAX_VALUE
        || info.shape().size(1) > Integer.MAX_VALUE) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quote(name),
          "has shape " + info.shape() + ", expected a matrix",
          "give the weights of an SAE");
    }
    return new int[] {(int) info.shape().size(0), (int) info.shape().size(1)};
  }

  /// Reads a tensor of floating-point numbers.
  public Weight weight(String name, long... sizes) throws IOException {
    TensorInfo info = file.info(name);
    if (info.shape().elements() > Integer.MAX_VALUE - 8) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quote(name),
          "has more elements than an array can hold: " + info.shape(),
          "use a smaller dictionary");
    }
    return Weight.read(file.tensor(name), sizes);
  }

  /// Reads the transpose of a matrix.
  public Weight transposed(String name, long rows, long columns) throws IOException {
    return weight(name, columns, rows).transposed();
  }

  /// Reads tensors that have the names and shapes they have here.
  public SequencedMap<String, Weight> weights(Map<String, Shape> shapes) throws IOException {
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    for (Map.Entry<String, Shape> each : shapes.entrySet()) {
      weights.put(each.getKey(), weight(each.getKey(), each.getValue().sizes()));
    }
    return weights;
  }

  /// Reads whole numbers.
  public long[] wholes(String name, long... sizes) throws IOException {
    StoredTensor tensor = file.tensor(name);
    if (tensor.dtype().isFloating()) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quote(name),
          "has elements of type " + tensor.dtype() + ", expected whole numbers",
          "check that the file belongs to this configuration");
    }
    return tensor.withShape(sizes).longs();
  }

  /// Reads a positive whole number that is at most `most`.
  public int positive(String name, int most) throws IOException {
    long value = wholes(name)[0];
    if (value < 1 || value > most) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quote(name),
          "is " + value + ", expected 1 to " + most,
          "at most all features can be active");
    }
    return (int) value;
  }

  /// The length of a vector.
  public long length(String name) throws FormatException {
    Shape shape = file.info(name).shape();
    if (shape.rank() != 1) {
      throw refused(name, "has shape " + shape + ", expected one axis", "save it again");
    }
    return shape.size(0);
  }

  public FormatException refused(String name, String problem, String remedy) {
    return new FormatException(
        file.path(), "tensor " + FormatException.quote(name), problem, remedy);
  }

  /// The names, in the file's order.
  public List<String> names() {
    return file.tensors().stream().map(TensorInfo::name).toList();
  }

  /// What configurations call the element type that weights are written in: `float32`.
  public static String torchName(DType dtype) {
    return switch (dtype) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case F64, F32, I64, I32, I16, I8, U8, BOOL -> "float32";
    };
  }
}
