// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.Shape;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.saes.Parameter;
import sae4j.tensor.Tensor;

/// A weight in memory: float32, which holds every float16 and bfloat16 exactly, and the type it has
/// in files. A float64 is rounded once, when it is read.
///
/// @param dtype F32, F16 or BF16
/// @param shape one axis, two, or none for a scalar
/// @param values row-major; not copied
public record Weight(DType dtype, Shape shape, float[] values) {

  public Weight {
    if (shape.elements() != values.length) {
      throw new IllegalArgumentException(
          "a weight of shape %s has %d values".formatted(shape, values.length));
    }
  }

  /// A weight of F32.
  public static Weight of(float[] values, long... sizes) {
    return new Weight(DType.F32, Shape.of(sizes), values);
  }

  /// The values of a parameter, as files keep them: a skip connection is transposed there.
  public static Weight of(Parameter parameter) {
    Tensor tensor = parameter.tensor();
    int rows = tensor.rows();
    int columns = tensor.columns();
    float[] values = tensor.toFloats();
    return switch (parameter.role()) {
      case ENCODER, DECODER -> of(values, rows, columns);
      case SKIP -> of(values, rows, columns).transposed();
      case ENCODER_BIAS, DECODER_BIAS, FEATURE -> of(values, values.length);
      case RUNNING_THRESHOLD -> of(values);
    };
  }

  /// A vector with one value throughout.
  public static Weight constant(double value, int length) {
    float[] values = new float[length];
    Arrays.fill(values, (float) value);
    return of(values, length);
  }

  /// Reads a tensor.
  ///
  /// @throws FormatException if it has another shape, is not of floating-point numbers, or holds
  ///     one that is not a finite float32
  public static Weight read(StoredTensor tensor, long... sizes) throws FormatException {
    tensor.withFloats().withShape(sizes);
    DType dtype = tensor.dtype() == DType.F64 ? DType.F32 : tensor.dtype();
    return new Weight(dtype, tensor.shape(), tensor.withFiniteValues().floats());
  }

  /// The first size of a matrix; 1 for a vector.
  public int rows() {
    return shape.rank() < 2 ? 1 : Math.toIntExact(shape.size(0));
  }

  /// The second size of a matrix; the length of a vector.
  public int columns() {
    return rows() == 0 ? 0 : values.length / rows();
  }

  /// One value, in double precision.
  public double at(int row, int column) {
    return values[row * columns() + column];
  }

  /// The rows as columns.
  public Weight transposed() {
    int rows = rows();
    int columns = columns();
    return reordered(columns, rows, i -> i % rows * columns + i / rows);
  }

  private Weight reordered(long rows, long columns, IntUnaryOperator from) {
    float[] reordered = new float[values.length];
    for (int i = 0; i < reordered.length; i++) {
      reordered[i] = values[from.applyAsInt(i)];
    }
    return new Weight(dtype, Shape.of(rows, columns), reordered);
  }

  /// Computes a new value for each entry.
  @FunctionalInterface
  public interface Entry {
    double of(double value, int row, int column);
  }

  /// New values, each computed in double precision and rounded once to F32.
  public Weight with(Entry entry) {
    float[] computed = new float[values.length];
    int columns = columns();
    for (int i = 0; i < computed.length; i++) {
      computed[i] = (float) entry.of(values[i], i / columns, i % columns);
    }
    return new Weight(DType.F32, shape, computed);
  }

  /// ‖row‖ of each row.
  public double[] rowNorms() {
    double[] norms = new double[rows()];
    int columns = columns();
    for (int i = 0; i < values.length; i++) {
      norms[i / columns] += (double) values[i] * values[i];
    }
    for (int row = 0; row < norms.length; row++) {
      norms[row] = Math.sqrt(norms[row]);
    }
    return norms;
  }

  /// ‖column‖ of each column.
  public double[] columnNorms() {
    double[] norms = new double[columns()];
    for (int i = 0; i < values.length; i++) {
      norms[i % norms.length] += (double) values[i] * values[i];
    }
    for (int column = 0; column < norms.length; column++) {
      norms[column] = Math.sqrt(norms[column]);
    }
    return norms;
  }

  /// For a file: the same bits that were read, if nothing was computed.
  public TensorData data(String name) {
    return TensorData.floats(name, values, shape.sizes()).as(dtype);
  }
}
