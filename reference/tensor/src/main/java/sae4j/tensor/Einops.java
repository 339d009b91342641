// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The one function of the Python library einops that the article calls, so that its line reads the
/// same here.
public final class Einops {
  private static final Pattern PATTERN =
      Pattern.compile("\\s*(?<rows>\\w+)\\s+(?<columns>\\w+)\\s*->\\s*(?<kept>\\w*)\\s*");

  private Einops() {}

  /// Sums out the dimensions of a matrix that the right side of the pattern leaves out, as
  /// `einops.reduce` does: `"B D -> B"` is rows×1, `"B D -> D"` 1×columns, `"B D -> "` 1×1.
  ///
  /// @param tensor B×D
  /// @param pattern two dimension names, an arrow, the names that stay
  /// @param reduction `"sum"` or `"mean"`
  /// @throws IllegalArgumentException if the pattern or the reduction is none of these
  public static Tensor reduce(Tensor tensor, String pattern, String reduction) {
    Matcher dimensions = PATTERN.matcher(pattern);
    if (!dimensions.matches() || dimensions.group("rows").equals(dimensions.group("columns"))) {
      throw unknown("pattern", pattern);
    }
    String kept = dimensions.group("kept");
    Tensor sum;
    if (kept.equals(dimensions.group("rows"))) {
      sum = tensor.rowSums();
    } else if (kept.equals(dimensions.group("columns"))) {
      sum = tensor.columnSums();
    } else if (kept.isEmpty()) {
      sum = tensor.sum();
    } else {
      throw unknown("pattern", pattern);
    }
    return switch (reduction) {
      case "sum" -> sum;
      case "mean" ->
          sum.times(
              ((double) sum.rows() * sum.columns()) / ((double) tensor.rows() * tensor.columns()));
      default -> throw unknown("reduction", reduction);
    };
  }

  private static IllegalArgumentException unknown(String what, String value) {
    return new IllegalArgumentException(
        "%s '%s' is not one of those that einops.reduce has here".formatted(what, value));
  }
}
