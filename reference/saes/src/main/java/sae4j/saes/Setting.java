// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;

/// A number or a choice that one architecture leaves to the user and others do not have.
///
/// @param name in lower case with hyphens: what a user types
/// @param standard the value without a choice
/// @param kind what it can be
/// @param meaning one line, with unit and source
public record Setting(String name, String standard, Kind kind, String meaning) {

  /// What a value can be.
  public sealed interface Kind {}

  /// A whole number, at least `least`.
  public record WholeNumber(long least) implements Kind {}

  /// A finite number, at least `least` and below `bound`.
  public record RealNumber(double least, double bound) implements Kind {
    /// A finite number, at least `least`.
    public RealNumber(double least) {
      this(least, Double.POSITIVE_INFINITY);
    }
  }

  /// One of a few words.
  public record Choice(List<String> words) implements Kind {}

  /// Whole numbers, each greater than the one before, separated by commas; or nothing.
  public record Ascending() implements Kind {}

  /// k, the active features of a token, for architectures that fix their number.
  public static final Setting K =
      new Setting("k", "32", new WholeNumber(1), "active features a token, at most the dictionary");

  /// How many dead features AuxK uses for a token.
  public static final Setting AUX_K =
      new Setting(
          "aux-k",
          "0",
          new WholeNumber(0),
          "dead features a token that learn from the error, 0 for half the width (AuxK)");

  /// The weight of AuxK.
  public static final Setting AUX_COEFFICIENT =
      new Setting(
          "aux-coefficient",
          "0.03125",
          new RealNumber(0),
          "weight of the dead features' loss, 0 for none (Gao et al.: 1/32)");

  /// What the L1 penalty adds up: codes, or codes times the norm of their decoder vectors.
  public static final Setting PENALTY =
      new Setting(
          "penalty",
          "l1",
          new Choice(List.of("l1", "norm-weighted")),
          "what is penalised: codes, or codes times the norm of their decoder vectors");

  /// The number of active features that a penalty aims at.
  public static final Setting SPARSITY_TARGET =
      new Setting(
          "sparsity-target",
          "0",
          new RealNumber(0),
          "active features a token: their distance from it is penalised; 0 for their number");

  /// ε, the width of the rectangle in JumpReLU's pseudo-gradients.
  public static final Setting BANDWIDTH =
      new Setting(
          "bandwidth", "1", new RealNumber(1e-6), "ε, how near to θ a pre-activation moves θ");

  /// θ at the start.
  public static final Setting INITIAL_THRESHOLD =
      new Setting(
          "initial-threshold", "0.5", new RealNumber(0), "θ at the start, for each feature");

  /// Whether the encoder takes x − b_dec.
  public static Setting subtractDecoderBias(boolean standard) {
    return new Setting(
        "subtract-decoder-bias",
        Boolean.toString(standard),
        new Choice(List.of("true", "false")),
        "whether the encoder takes x − b_dec instead of x");
  }

  /// What is wrong with a value, or an empty string.
  String fault(String value) {
    return switch (kind) {
      case WholeNumber(long least) ->
          wholeFrom(value, least) ? "" : "it must be a whole number, %d or more".formatted(least);
      case RealNumber(double least, double bound) ->
          isNumber(value, least, bound)
              ? ""
              : Double.isInfinite(bound)
                  ? "it must be a number, %s or more".formatted(shown(least))
                  : "it must be a number from %s to below %s".formatted(shown(least), shown(bound));
      case Choice(List<String> words) ->
          words.contains(value) ? "" : "choose one of " + String.join(", ", words);
      case Ascending() ->
          ascending(value)
              ? ""
              : "it must be ascending whole numbers with commas between, as 64,256";
    };
  }

  private static boolean wholeFrom(String value, long least) {
    try {
      return Long.parseLong(value) >= least && Long.parseLong(value) <= Integer.MAX_VALUE;
    } catch (NumberFormatException notWhole) {
      return false;
    }
  }

  /// Whole numbers without a point, as a user would type them.
  private static String shown(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  private static boolean isNumber(String value, double least, double bound) {
    try {
      double number = Double.parseDouble(value);
      return Double.isFinite(number) && number >= least && number < bound;
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }

  private static boolean ascending(String value) {
    long before = 0;
    for (String each : value.isEmpty() ? new String[0] : value.split(",", -1)) {
      if (!wholeFrom(each, before + 1)) {
        return false;
      }
      before = Long.parseLong(each);
    }
    return true;
  }
}
