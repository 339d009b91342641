// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import sae4j.evaluation.FeatureExamples.Example;

/// What one feature looks like: how often it is active, and the tokens on which it is most active.
///
/// @param feature its number
/// @param density fraction of tokens on which it is active
/// @param commonToken the token that most of the strongest examples share
/// @param share the fraction of the strongest examples that share it
/// @param commonlyAfter the token that stands before most of those, where most of them agree on
///     one; else empty
/// @param wholeWord whether the common token is a sign or a whole word in most of its examples, not
///     a piece of a word
/// @param documents how many documents the strongest examples are from
/// @param examples the strongest examples, strongest first, no two with the same surroundings
public record FeaturePortrait(
    int feature,
    double density,
    String commonToken,
    double share,
    String commonlyAfter,
    boolean wholeWord,
    int documents,
    List<Example> examples) {
  private static final int SURROUNDINGS = 24;
  private static final int EXAMPLES_NEEDED = 8;
  private static final int DOCUMENTS_NEEDED = 4;
  private static final double AGREEMENT = 0.75;

  /// Features that are active more often than this say "Java text" rather than something about it.
  private static final double DENSE = 0.02;

  /// The portrait of a feature; empty where it has too few distinct examples to say anything.
  private static Optional<FeaturePortrait> of(
      int feature, double density, List<Example> strongest, TokensInContext text) {
    List<Example> distinct = new ArrayList<>();
    Set<String> surroundings = new HashSet<>();
    for (Example example : strongest) {
      if (surroundings.add(
          text.before(example.row(), SURROUNDINGS) + "\0" + text.token(example.row()))) {
        distinct.add(example);
      }
    }
    if (distinct.size() < EXAMPLES_NEEDED) {
      return Optional.empty();
    }
    Share token =
        Share.ofMostCommon(distinct.stream().map(example -> text.token(example.row())).toList());
    List<Example> ofToken =
        distinct.stream().filter(example -> text.token(example.row()).equals(token.text)).toList();
    Share before =
        Share.ofMostCommon(
            ofToken.stream().map(example -> text.previousToken(example.row())).toList());
    long wholeWords = ofToken.stream().filter(example -> text.isWholeWord(example.row())).count();
    int documents =
        (int) distinct.stream().map(example -> text.document(example.row())).distinct().count();
    return Optional.of(
        new FeaturePortrait(
            feature,
            density,
            token.text,
            token.fraction,
            before.fraction >= AGREEMENT ? before.text : "",
            wholeWords >= AGREEMENT * ofToken.size(),
            documents,
            List.copyOf(distinct)));
  }

  /// The text that occurs most often in a list, and the fraction of the list that it is.
  private record Share(String text, double fraction) {
    static Share ofMostCommon(List<String> texts) {
      Map<String, Integer> counts = new TreeMap<>();
      texts.forEach(text -> counts.merge(text, 1, Integer::sum));
      return counts.entrySet().stream()
          .max(Map.Entry.comparingByValue())
          .map(most -> new Share(most.getKey(), most.getValue() / (double) texts.size()))
          .orElse(new Share("", 0));
    }
  }

  /// The features that are easiest to read: sparse ones, whose strongest examples come from several
  /// documents and agree on a token that is a sign or a whole word; strongest first, one for each
  /// token.
  ///
  /// @param density of every feature, see [Metrics#density]
  /// @param count how many portraits, at most
  public static List<FeaturePortrait> mostReadable(
      FeatureExamples examples, double[] density, TokensInContext text, int count) {
    List<FeaturePortrait> portraits =
        IntStream.range(0, density.length)
            .mapToObj(feature -> of(feature, density[feature], examples.of(feature), text))
            .flatMap(Optional::stream)
            .sorted(
                Comparator.comparingInt(
                        (FeaturePortrait portrait) -> portrait.isHardToRead() ? 1 : 0)
                    .thenComparing(Comparator.comparingDouble(FeaturePortrait::strength).reversed())
                    .thenComparingInt(FeaturePortrait::feature))
            .toList();
    Set<String> tokens = new HashSet<>();
    return portraits.stream()
        .filter(portrait -> tokens.add(portrait.commonToken.strip()))
        .limit(count)
        .toList();
  }

  private boolean isHardToRead() {
    return density > DENSE
        || documents < DOCUMENTS_NEEDED
        || share < AGREEMENT
        || !wholeWord
        || commonToken.isBlank();
  }

  private double strength() {
    return examples.getFirst().activation();
  }
}
