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

  /// A copy that shares nothing with this matrix.
  public FloatRows copy() {
    return new FloatRows(rows, width, values.clone());
  }

  @Override
  public String toString() {
    return "FloatRows[" + rows + " × " + width + "]";
  }
}
