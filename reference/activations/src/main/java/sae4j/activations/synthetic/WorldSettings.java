// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.synthetic;

/// What a [SyntheticWorld] is made from. The standard is SynthSAEBench's (Chanin et al. 2026,
/// [arXiv 2602.14687](https://arxiv.org/abs/2602.14687)), which has 16,384 features in 768
/// dimensions, with 128 trees.
///
/// @param features G
/// @param width D
/// @param exponent of Zipf's law for the frequencies
/// @param mostFrequent the probability of the first feature
/// @param leastFrequent the probability of the last
/// @param trees features that have others below them
/// @param branching children of each that has any
/// @param depth generations below a root
/// @param rank of the correlation
/// @param correlation the scale of its factors
/// @param firstMagnitude mean strength of the first feature
/// @param lastMagnitude mean strength of the last
/// @param magnitudeDeviation each feature's standard deviation is |N(m, m)| with this m
/// @param bias the length of what is added to every activation
/// @param orthogonalisation steps that push feature directions apart
/// @param seed decides the world and, with its number, every row of it
public record WorldSettings(
    int features,
    int width,
    double exponent,
    double mostFrequent,
    double leastFrequent,
    int trees,
    int branching,
    int depth,
    int rank,
    double correlation,
    double firstMagnitude,
    double lastMagnitude,
    double magnitudeDeviation,
    double bias,
    int orthogonalisation,
    long seed) {

  /// The benchmark's world, at another scale: as many trees for the number of features.
  public static WorldSettings standard(int features, int width, long seed) {
    int trees = Math.max(1, features / 128);
    return new WorldSettings(
        features, width, 0.5, 0.4, 5e-4, trees, 4, 3, 25, 0.1, 5, 4, 0.5, 0.5, 100, seed);
  }

  public WorldSettings {
    require(features >= 2, "features", features, "2 or more");
    require(width >= 2, "width", width, "2 or more");
    require(exponent > 0, "exponent", exponent, "more than 0");
    require(
        leastFrequent > 0 && mostFrequent < 1 && leastFrequent < mostFrequent,
        "probability",
        leastFrequent,
        "between 0 and 1, the least below the most frequent " + mostFrequent);
    require(trees >= 0 && branching >= 1 && depth >= 0, "trees", trees, "0 or more, with children");
    require(rank >= 0 && correlation >= 0, "rank", rank, "0 or more");
    require(magnitudeDeviation >= 0 && bias >= 0, "bias", bias, "0 or more");
  }

  private static void require(boolean holds, String name, Number value, String remedy) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s: it must be %s".formatted(name, value, remedy));
    }
  }

  /// p of each feature, in descending order: 1/rank^exponent, moved between the two ends.
  double probability(int feature) {
    double last = Math.pow(features, -exponent);
    double share = (Math.pow(feature + 1, -exponent) - last) / (1 - last);
    return leastFrequent + (mostFrequent - leastFrequent) * share;
  }

  /// The mean strength of a feature when it is present.
  double magnitude(int feature) {
    return firstMagnitude + (lastMagnitude - firstMagnitude) * feature / (features - 1);
  }
}
