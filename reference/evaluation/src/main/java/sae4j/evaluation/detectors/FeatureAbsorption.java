// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import sae4j.activations.ActivationSet;
import sae4j.activations.labels.Label;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;
import sae4j.evaluation.FeatureVectors;
import sae4j.tensor.SparseRows;

/// Feature absorption: a feature that seems to represent a general label is silent on the tokens of
/// a special label, because the special label's feature contains the general direction in its own
/// decoder vector. Chanin et al. 2024, "A is for Absorption", arXiv 2409.14507. It is measured as
/// in SAEBench (Karvonen et al. 2025, arXiv 2503.09532), with a label and the labels that it
/// includes in place of a letter and the words that begin with it.
///
/// For a label with probe direction p (unit norm), its **main features** are the first k of its
/// ranked features, where k grows as long as one more feature improves the F1 of the k-sparse probe
/// by more than 0.03. On held-out tokens of an included label which the probe recognises and whose
/// projection (x − b_dec)·p is positive, feature f contributes z_f·(d_f·p). The token is **fully
/// absorbed** when no main feature is active, and the feature with the largest contribution has
/// cos(d_f, p) ≥ 0.025 and contributes at least 0.4 of the projection. The **absorption fraction**
/// of a token is A/(A + M): M is the main features' contribution, A that of the three largest other
/// features with cos(d_f, p) ≥ 0.1, at most the projection minus M. The fraction is 0 where the
/// three contribute less than 0.4 of the projection, 1 where M ≤ 0.
///
/// Only labels whose main features reach F1 0.8 on the balanced sample are measured, because a
/// label that few features do not represent has nothing to lose to others.
public final class FeatureAbsorption {
  private static final double WORTH_ANOTHER = 0.03;
  private static final double STANDS_FOR = 0.8;
  private static final double FULL_COSINE = 0.025;
  private static final double FRACTION_COSINE = 0.1;
  private static final double SHARE = 0.4;
  private static final int ABSORBERS = 3;
  private static final int FEWEST_TOKENS = 20;
  private static final int MOST_TOKENS = 500;

  /// The result for one included label.
  ///
  /// @param general index of the general label
  /// @param special index of the label it includes
  /// @param mainFeatures of the general label
  /// @param tokens the number of tokens of the special label that were measured
  /// @param silent fraction of them on which no main feature is active
  /// @param full fraction that is fully absorbed
  /// @param fraction mean absorption fraction
  /// @param absorber the feature that absorbs most often; −1 for none
  public record Case(
      int general,
      int special,
      List<Integer> mainFeatures,
      int tokens,
      double silent,
      double full,
      double fraction,
      int absorber) {}

  private final SaeDetectors detectors;
  private final FeatureVectors vectors;
  private final double[] decoderBias;
  private final ActivationSet activations;
  private final LabelledTokens tokens;

  private FeatureAbsorption(
      SaeDetectors detectors, ActivationSet activations, LabelledTokens tokens) {
    this.detectors = detectors;
    this.vectors = FeatureVectors.of(detectors.sae());
    if (vectors.inputWidth() != vectors.outputWidth()) {
      throw new IllegalArgumentException(
          ("absorption is measured along decoder vectors in what is read, and this transcoder reads"
                  + " %d numbers and predicts %d; leave --probing out")
              .formatted(vectors.inputWidth(), vectors.outputWidth()));
    }
    this.decoderBias = detectors.sae().decoderBiasD().toDoubles();
    this.activations = activations;
    this.tokens = tokens;
  }

  /// Measures every label that includes two or more others and that a few features represent.
  ///
  /// @return a case for each included label with enough tokens, by the labels' order
  public static List<Case> of(
      SaeDetectors detectors,
      ActivationSet activations,
      SparseProbing probing,
      DenseProbes probes,
      LabelledTokens tokens) {
    FeatureAbsorption absorption = new FeatureAbsorption(detectors, activations, tokens);
    List<Case> cases = new ArrayList<>();
    List<Label> labels = tokens.labels();
    for (int general = 0; general < labels.size(); general++) {
      Label whole = labels.get(general);
      int[] specials =
          IntStream.range(0, labels.size())
              .filter(i -> labels.get(i).parent().filter(whole::equals).isPresent())
              .toArray();
      if (specials.length >= 2) {
        List<Integer> main = mainFeatures(probing, general);
        if (probing.choosingF1(general, main.size()) < STANDS_FOR) {
          continue;
        }
        for (int special : specials) {
          Case result = absorption.look(general, special, main, probes.of(general));
          if (result.tokens >= FEWEST_TOKENS) {
            cases.add(result);
          }
        }
      }
    }
    return cases;
  }

  private static List<Integer> mainFeatures(SparseProbing probing, int label) {
    int k = 1;
    double f1 = probing.choosingF1(label, 1);
    while (k < SparseProbing.RANKED) {
      double next = probing.choosingF1(label, k + 1);
      if (next - f1 <= WORTH_ANOTHER) {
        break;
      }
      f1 = next;
      k++;
    }
    return Arrays.stream(probing.ranked(label, k)).boxed().toList();
  }

  private Case look(int general, int special, List<Integer> main, LogisticRegression probe) {
    int[] rows =
        Arrays.stream(tokens.rows(Half.HELD_OUT))
            .filter(row -> tokens.holds(special, row))
            .toArray();
    int every = Math.max(1, rows.length / MOST_TOKENS);
    int[] looked =
        IntStream.range(0, rows.length).filter(i -> i % every == 0).map(i -> rows[i]).toArray();
    float[][] x = DenseProbes.read(activations, looked);
    SparseRows codesBF = detectors.codes(looked);
    double[] alignment = new double[vectors.features()];
    double[] cosine = new double[vectors.features()];
    double[] direction = unit(probe.weights());
    align(direction, alignment, cosine);
    Tally tally = new Tally();
    for (int b = 0; b < looked.length; b++) {
      double projection = projection(x[b], direction);
      if (probe.logit(x[b]) > 0 && projection > 0) {
        tally.add(new TokenView(codesBF, b, main, alignment, cosine, projection));
      }
    }
    return tally.result(general, special, main);
  }

  private static double[] unit(double[] vector) {
    double norm = Math.sqrt(Arrays.stream(vector).map(v -> v * v).sum());
    return Arrays.stream(vector).map(v -> norm == 0 ? 0 : v / norm).toArray();
  }

  private double projection(float[] x, double[] direction) {
    double sum = 0;
    for (int d = 0; d < direction.length; d++) {
      sum += (x[d] - decoderBias[d]) * direction[d];
    }
    return sum;
  }

  /// d_f·p and cos(d_f, p) of every feature.
  private void align(double[] direction, double[] alignment, double[] cosine) {
    int width = vectors.outputWidth();
    for (int f = 0; f < alignment.length; f++) {
      double square = 0;
      for (int d = 0; d < width; d++) {
        double component = vectors.decoderFD()[f * width + d];
        alignment[f] += component * direction[d];
        square += component * component;
      }
      cosine[f] = square == 0 ? 0 : alignment[f] / Math.sqrt(square);
    }
  }

  /// The active features of one token, and their contributions along the probe's direction.
  private static final class TokenView {
    private final boolean silent;
    private final boolean full;
    private final double fraction;
    private int largest = -1;

    TokenView(
        SparseRows codesBF,
        int row,
        List<Integer> main,
        double[] alignment,
        double[] cosine,
        double projection) {
      boolean mainIsActive = false;
      double mainContribution = 0;
      double largestContribution = Double.NEGATIVE_INFINITY;
      double[] others = new double[codesBF.rowStart()[row + 1] - codesBF.rowStart()[row]];
      int count = 0;
      for (int i = codesBF.rowStart()[row]; i < codesBF.rowStart()[row + 1]; i++) {
        int feature = codesBF.column()[i];
        double contribution = codesBF.value()[i] * alignment[feature];
        if (contribution > largestContribution) {
          largestContribution = contribution;
          largest = feature;
        }
        if (main.contains(feature)) {
          mainIsActive = true;
          mainContribution += contribution;
        } else if (cosine[feature] >= FRACTION_COSINE && contribution > 0) {
          others[count++] = contribution;
        }
      }
      silent = !mainIsActive;
      full =
          silent
              && largest >= 0
              && cosine[largest] >= FULL_COSINE
              && largestContribution >= SHARE * projection;
      Arrays.sort(others, 0, count);
      double absorbers = Arrays.stream(others, Math.max(0, count - ABSORBERS), count).sum();
      fraction = fraction(mainContribution, absorbers, projection);
    }

    private static double fraction(double main, double absorbers, double projection) {
      if (main >= projection || absorbers < SHARE * projection) {
        return 0;
      }
      if (main <= 0) {
        return 1;
      }
      double absorbed = Math.min(absorbers, projection - main);
      return absorbed / (absorbed + main);
    }
  }

  /// Counts over the tokens of a case.
  private static final class Tally {
    private final Map<Integer, Integer> absorbers = new HashMap<>();
    private int tokens;
    private int silent;
    private int full;
    private double fraction;

    void add(TokenView token) {
      tokens++;
      silent += token.silent ? 1 : 0;
      fraction += token.fraction;
      if (token.full) {
        full++;
        absorbers.merge(token.largest, 1, Integer::sum);
      }
    }

    Case result(int general, int special, List<Integer> main) {
      double all = Math.max(1, tokens);
      int absorber =
          absorbers.entrySet().stream()
              .max(
                  Map.Entry.<Integer, Integer>comparingByValue()
                      .thenComparing(Map.Entry.<Integer, Integer>comparingByKey().reversed()))
              .map(Map.Entry::getKey)
              .orElse(-1);
      return new Case(
          general, special, main, tokens, silent / all, full / all, fraction / all, absorber);
    }
  }
}
