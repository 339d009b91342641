// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.io.Serial;

/// A number among the activations that is NaN or infinite. The message names row, column and value.
public final class NonFiniteActivationException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private NonFiniteActivationException(String message) {
    super(message);
  }

  /// Finds the first such number in a row that holds one.
  ///
  /// @param row its number, for the message
  public static NonFiniteActivationException in(float[] values, int offset, int width, long row) {
    int column = 0;
    while (column < width - 1 && Float.isFinite(values[offset + column])) {
      column++;
    }
    return new NonFiniteActivationException(
        ("activations: row %d, column %d is %s; every activation must be finite: "
                + "repair or remove the row")
            .formatted(row, column, values[offset + column]));
  }
}
