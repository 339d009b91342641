package sae4j.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.evaluation.FeatureExamples.Example;

/// What one feature looks like: how often it is active, and the tokens on which it is most active.
///
/// @param feature its number
/// @param density fraction of tokens on which it is active
/// @param commonToken the token that most of the strongest examples share
/// @param share the fraction of the strongest examples that share it
/// @param examples the strongest examples, strongest first, no two with the same surroundings
public record FeaturePortrait(
    int feature, double density, String commonToken, double share, List<Example> examples) {
  private static final int SURROUNDINGS = 24;

  /// The portrait of a feature; null where it has too few distinct examples to say anything.
  private static @Nullable FeaturePortrait of(
      int feature, double density, List<Example> strongest, TokensInContext text, int examplesNeeded) {
    List<Example> distinct = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Example example : strongest) {
      if (seen.add(text.before(example.row(), SURROUNDINGS) + "\0" + text.token(example.row()))) {
        distinct.add(example);
      }
    }
    if (distinct.size() < examplesNeeded) {
      return null;
    }
    Map<String, Integer> counts = new HashMap<>();
    distinct.forEach(example -> counts.merge(text.token(example.row()), 1, Integer::sum));
    Map.Entry<String, Integer> most =
        counts.entrySet().stream()
            .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
            .orElseThrow();
    return new FeaturePortrait(
        feature, density, most.getKey(), most.getValue() / (double) distinct.size(), List.copyOf(distinct));
  }

  /// The features that are easiest to read: those whose strongest examples agree on the token, one for each token, the
  /// most active ones first. Tokens without a letter or a sign (line breaks, indentation) come last.
  ///
  /// @param density of every feature, see [Metrics#density]
  /// @param count how many portraits, at most
  public static List<FeaturePortrait> mostReadable(
      FeatureExamples examples, double[] density, TokensInContext text, int count) {
    int examplesNeeded = 6;
    List<FeaturePortrait> portraits =
        IntStream.range(0, density.length)
            .mapToObj(feature -> of(feature, density[feature], examples.of(feature), text, examplesNeeded))
            .filter(Objects::nonNull)
            .sorted(
                Comparator.comparing((FeaturePortrait portrait) -> portrait.commonToken.isBlank())
                    .thenComparing(Comparator.comparingDouble(FeaturePortrait::readability).reversed())
                    .thenComparingInt(FeaturePortrait::feature))
            .toList();
    Set<String> tokens = new HashSet<>();
    return portraits.stream().filter(portrait -> tokens.add(portrait.commonToken.strip())).limit(count).toList();
  }

  /// Agreement first; among those that agree, features that are active often enough to matter.
  private double readability() {
    return share * share * Math.log1p(1e5 * density);
  }
}
