// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.List;

/// A dense float32 matrix in row-major order: how activations and logits leave and enter a language
/// model. Rows are tokens (b·T + t of a [TokenBatch]), columns the model's width or its vocabulary.
/// The array belongs to the record: writing to it is how an intervention edits in place.
///
/// @param rows number of rows
/// @param width number of columns
/// @param values `rows · width` floats
public record FloatRows(int rows, int width, float[] values) {
  /// @throws IllegalArgumentException if the array is not `rows · width` long
  public FloatRows {
    if ((long) rows * width != values.length) {
      throw new IllegalArgumentException(
          "float rows: "
              + values.length
              + " values for "
              + rows
              + " × "
              + width
              + " = "
              + (long) rows * width);
    }
  }

  /// A matrix of zeros.
  public static FloatRows zeros(int rows, int width) {
    return new FloatRows(rows, width, new float[Math.multiplyExact(rows, width)]);
  }

  /// Matrices of one width, one below the other.
  public static FloatRows concatenated(List<FloatRows> parts) {
    FloatRows whole = zeros(parts.stream().mapToInt(FloatRows::rows).sum(), parts.getFirst().width);
    int at = 0;
    for (FloatRows part : parts) {
      System.arraycopy(part.values, 0, whole.values, at, part.values.length);
      at += part.values.length;
    }
    return whole;
  }

  /// The value in `row`, `column`.
  public float at(int row, int column) {
    return values[row * width + column];
  }

  /// The rows listed, one below the other, in the order of the list.
  public FloatRows select(int[] which) {
    FloatRows selected = zeros(which.length, width);
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(values, which[i] * width, selected.values, i * width, width);
    }
    return selected;
  }

  /// Columns that stand side by side, of every row.
  ///
  /// @param from the first of them
  /// @param count how many
  public FloatRows columns(int from, int count) {
    FloatRows part = zeros(rows, count);
    for (int row = 0; row < rows; row++) {
      System.arraycopy(values, row * width + from, part.values, row * count, count);
    }
    return part;
  }

  /// A copy of this matrix with other rows where `which` says: the inverse of [#select].
  ///
  /// @param which rows of this matrix, each at most once
  /// @param replacement a row for each of them, of this width
  /// @throws IllegalArgumentException if the replacement has another shape
  public FloatRows with(int[] which, FloatRows replacement) {
    if (replacement.rows != which.length || replacement.width != width) {
      throw new IllegalArgumentException(
          "float rows: a replacement of %d × %d for %d rows of %d"
              .formatted(replacement.rows, replacement.width, which.length, width));
    }
    FloatRows changed = copy();
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(replacement.values, i * width, changed.values, which[i] * width, width);
    }
    return changed;
  }

  /// The first row that a model cannot read although its numbers are finite: Σ x² is no float32, so
  /// that the next norm divides by infinity and the row becomes zeros.
  ///
  /// @return its index; -1 if there is none
  public int firstTooLong() {
    for (int row = 0; row < rows; row++) {
      double squares = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        squares += (double) values[i] * values[i];
      }
      if (!(squares <= Float.MAX_VALUE)) {
        return row;
      }
    }
    return -1;
  }

  /// A copy that shares nothing with this matrix.
  public FloatRows copy() {
    return new FloatRows(rows, width, values.clone());
  }

  @Override
  public String toString() {
    return "FloatRows[" + rows + " × " + width + "]";
  }
}
