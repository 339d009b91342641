// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;
import sae4j.tensor.Backend;
import sae4j.tensor.Linear;
import sae4j.tensor.Tensor;

/// The numbers that PyTorch computed in `src/test/python`, by name: `golden.py` has those of the
/// article, `architectures.py` those of the SAE architectures.
///
/// Weights of `nn.Linear` are (out, in) in PyTorch and in×out here. All methods return them in our
/// order.
final class Golden {
  /// Computed in double precision, the reference.
  static final Golden FLOAT64 = new Golden("article-float64.safetensors");

  /// Computed in single precision from the same inputs.
  static final Golden FLOAT32 = new Golden("article-float32.safetensors");

  /// The numbers of the architectures, in double precision.
  static final Golden ARCHITECTURES_FLOAT64 = new Golden("architectures-float64.safetensors");

  /// The numbers of the architectures, in single precision from the same inputs.
  static final Golden ARCHITECTURES_FLOAT32 = new Golden("architectures-float32.safetensors");

  private final Map<String, Matrix> matrices = new HashMap<>();

  /// A scalar is 1×1 and a vector 1×n.
  private record Matrix(int rows, int columns, double[] rowMajor) {
    Matrix transposed() {
      double[] transposed = new double[rowMajor.length];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          transposed[column * rows + row] = rowMajor[row * columns + column];
        }
      }
      return new Matrix(columns, rows, transposed);
    }
  }

  private Golden(String resource) {
    try (Safetensors file = Safetensors.open(path(resource))) {
      for (TensorInfo info : file.tensors()) {
        int rank = info.shape().rank();
        int rows = rank == 2 ? (int) info.shape().size(0) : 1;
        int columns = rank == 0 ? 1 : (int) info.shape().size(rank - 1);
        Matrix stored = new Matrix(rows, columns, file.tensor(info.name()).doubles());
        matrices.put(info.name(), info.name().endsWith(".weight") ? stored.transposed() : stored);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Path path(String resource) {
    try {
      return Path.of(Objects.requireNonNull(Golden.class.getResource(resource), resource).toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private Matrix matrix(String name) {
    return Objects.requireNonNull(
        matrices.get(name), () -> "src/test/python made no tensor " + name);
  }

  /// All elements of a tensor, row-major.
  double[] numbers(String name) {
    return matrix(name).rowMajor();
  }

  double number(String name) {
    return matrix(name).rowMajor()[0];
  }

  boolean has(String name) {
    return matrices.containsKey(name);
  }

  int rows(String name) {
    return matrix(name).rows();
  }

  int columns(String name) {
    return matrix(name).columns();
  }

  /// A tensor on a backend, without a gradient.
  Tensor tensor(Backend backend, String name) {
    Matrix matrix = matrix(name);
    return Tensor.of(backend, matrix.rows(), matrix.columns(), matrix.rowMajor());
  }

  /// Assigns the weight and bias under a prefix to a layer.
  void assign(String prefix, Linear linear) {
    Backend backend = linear.weight().backend();
    backend.assign(linear.weight().storage(), tensor(backend, prefix + ".weight").storage());
    backend.assign(linear.bias().storage(), tensor(backend, prefix + ".bias").storage());
  }
}
