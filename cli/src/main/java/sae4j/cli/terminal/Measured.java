// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

/// Numbers that a result must have. One that is not finite is no result, but the sign that
/// something before it went wrong.
public final class Measured {
  private Measured() {}

  /// A measured number.
  ///
  /// @param name of the result
  /// @throws Failure naming it, if it is not finite
  public static double finite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new Failure(
          "%s is %s: %s"
              .formatted(
                  name,
                  value,
                  Double.isNaN(value)
                      ? "it is 0 / 0, because the activations do not vary or are too small for the"
                          + " numbers of the backend; look at them with sae info, and scale them"
                      : "the activations or the weights are too large for the numbers of the"
                          + " backend; scale the activations down"));
    }
    return value;
  }
}
