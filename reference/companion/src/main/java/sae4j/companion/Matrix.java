// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.Arrays;
import java.util.List;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Numbers in rows, as JSON and the page hold them.
///
/// @param values rows·columns numbers, row by row
public record Matrix(int rows, int columns, List<Double> values) {
  /// Copies the list.
  public Matrix {
    values = List.copyOf(values);
    if (values.size() != rows * columns) {
      throw new IllegalArgumentException(
          "%d numbers for %d×%d".formatted(values.size(), rows, columns));
    }
  }

  /// The numbers of a tensor.
  public static Matrix of(Tensor tensor) {
    return of(tensor.rows(), tensor.columns(), tensor.toDoubles());
  }

  static Matrix of(int rows, int columns, double... values) {
    return new Matrix(rows, columns, Arrays.stream(values).boxed().toList());
  }

  /// A tensor without gradient.
  public Tensor on(Backend backend) {
    return Tensor.of(
        backend, rows, columns, values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /// As many decimals as a reader can check with a pencil.
  public Matrix rounded(int decimals) {
    double unit = Math.pow(10, decimals);
    return new Matrix(
        rows,
        columns,
        // adding 0 turns -0 into 0
        values.stream().map(value -> Math.round(value * unit) / unit + 0.0).toList());
  }

  Matrix row(int index) {
    return new Matrix(1, columns, values.subList(index * columns, (index + 1) * columns));
  }
}
