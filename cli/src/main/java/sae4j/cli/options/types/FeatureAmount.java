// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;

/// A feature and how much of it, as `5:8`.
///
/// @param feature its number, from 0
/// @param amount a finite number; null where none was given
public record FeatureAmount(int feature, @Nullable Double amount) {
  private static final Pattern NUMBERED = Pattern.compile("(\\d{1,9})(?::(\\S+))?");

  private static FeatureAmount parse(String text, String remedy) {
    Matcher numbered = NUMBERED.matcher(text);
    if (!numbered.matches()) {
      throw Refusal.of(text, "write the feature's number and a number, as 5:8");
    }
    String amount = numbered.group(2);
    try {
      FeatureAmount parsed =
          new FeatureAmount(
              Integer.parseInt(numbered.group(1)),
              amount == null ? null : new Numbers.Finite().convert(amount));
      return parsed;
    } catch (Refusal notFinite) {
      throw Refusal.of(text, remedy);
    }
  }

  @Override
  public String toString() {
    return amount == null ? Integer.toString(feature) : feature + ":" + amount;
  }

  /// The amount may be left out.
  public static final class Added implements ITypeConverter<FeatureAmount> {
    /// What a user is told who says too little.
    public static final String REMEDY =
        "say how much: a finite number behind a colon, or --scale X";

    @Override
    public FeatureAmount convert(String text) {
      return parse(text, REMEDY);
    }
  }

  /// The amount is needed.
  public static final class Clamped implements ITypeConverter<FeatureAmount> {
    private static final String REMEDY = "say to what: a finite number behind a colon";

    @Override
    public FeatureAmount convert(String text) {
      FeatureAmount parsed = parse(text, REMEDY);
      if (parsed.amount == null) {
        throw Refusal.of(text, REMEDY);
      }
      return parsed;
    }
  }

  /// A feature alone.
  public static final class Ablated implements ITypeConverter<FeatureAmount> {
    @Override
    public FeatureAmount convert(String text) {
      if (!text.matches("\\d{1,9}")) {
        throw Refusal.of(text, "give the number of a feature alone");
      }
      return new FeatureAmount(Integer.parseInt(text), null);
    }
  }
}
