// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.synthetic;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import sae4j.activations.ActivationSet;
import sae4j.activations.synthetic.SyntheticWorld;
import sae4j.evaluation.DictionaryMatch;
import sae4j.evaluation.FeatureVectors;
import sae4j.evaluation.Metrics;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// How many features of a [SyntheticWorld] an SAE has found, as SynthSAEBench measures it.
///
/// @param trueL0 mean number of true features in a row
/// @param f1 the F1 of each latent as a detector of the true feature whose direction has the
///     largest |cos| with its decoder vector, averaged over all latents; a dead latent counts as 0
/// @param precision averaged in the same way
/// @param recall averaged in the same way
/// @param mcc mean |cos| of decoder vectors with true directions under the one-to-one pairing for
///     which that is greatest. O'Neill et al. 2024, [arXiv
///     2411.13117](https://arxiv.org/abs/2411.13117)
/// @param mmcs mean over true features of the greatest cosine with a decoder vector
/// @param uniqueness the number of different true features that latents match best, as a share of
///     the latents
/// @param reconstruction L0, explained variance and the rest
public record TruthMetrics(
    double trueL0,
    double f1,
    double precision,
    double recall,
    double mcc,
    double mmcs,
    double uniqueness,
    Metrics reconstruction) {

  /// Measures an SAE.
  ///
  /// @param first the first row to measure on
  /// @param rows how many
  /// @param batch rows a pass
  public static TruthMetrics of(Sae sae, SyntheticWorld world, long first, int rows, int batch) {
    int width = world.settings().width();
    double[] trueGD = world.directionsGD();
    double[] decoderFD = FeatureVectors.of(sae).decoderFD();
    double[][] parallelFG = absoluteCosines(decoderFD, trueGD, width);
    int[] detects = Arrays.stream(parallelFG).mapToInt(TruthMetrics::greatest).toArray();
    Detection detection = new Detection(detects, world.settings().features());
    ActivationSet set = world.activations(first, rows);
    for (int row = 0; row < rows; row += batch) {
      int count = Math.min(batch, rows - row);
      detection.add(sae, world, first + row, count);
    }
    return new TruthMetrics(
        detection.present / (double) rows,
        detection.mean(detection::f1),
        detection.mean(detection::precision),
        detection.mean(detection::recall),
        meanOfPairs(parallelFG),
        DictionaryMatch.of(trueGD, decoderFD, width).meanMaxCosineSimilarity(),
        Arrays.stream(detects).distinct().count() / (double) detects.length,
        Metrics.of(sae, set, batch));
  }

  private static double[][] absoluteCosines(double[] aFD, double[] bGD, int width) {
    double[] a = unitRows(aFD, width);
    double[] b = unitRows(bGD, width);
    double[][] cosines = new double[a.length / width][b.length / width];
    for (int f = 0; f < cosines.length; f++) {
      for (int g = 0; g < cosines[f].length; g++) {
        double sum = 0;
        for (int d = 0; d < width; d++) {
          sum += a[f * width + d] * b[g * width + d];
        }
        cosines[f][g] = Math.abs(sum);
      }
    }
    return cosines;
  }

  private static double[] unitRows(double[] rows, int width) {
    double[] unit = rows.clone();
    for (int row = 0; row < rows.length; row += width) {
      double square = 0;
      for (int d = row; d < row + width; d++) {
        square += rows[d] * rows[d];
      }
      for (int d = row; square > 0 && d < row + width; d++) {
        unit[d] /= Math.sqrt(square);
      }
    }
    return unit;
  }

  private static int greatest(double[] values) {
    return IntStream.range(0, values.length)
        .reduce((a, b) -> values[b] > values[a] ? b : a)
        .orElseThrow();
  }

  /// The mean gain of the best pairing, whichever side is smaller.
  static double meanOfPairs(double[][] gainFG) {
    double[][] gain = gainFG.length <= gainFG[0].length ? gainFG : transposed(gainFG);
    int[] pairs = Assignment.greatest(gain);
    return IntStream.range(0, pairs.length).mapToDouble(i -> gain[i][pairs[i]]).average().orElse(0);
  }

  private static double[][] transposed(double[][] matrix) {
    double[][] transposed = new double[matrix[0].length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix[i].length; j++) {
        transposed[j][i] = matrix[i][j];
      }
    }
    return transposed;
  }

  /// Counts of latents and the true features they detect.
  private static final class Detection {
    private final int[] detects;
    private final int features;
    private final long[] active;
    private final long[] hits;
    private final long[] truePresent;
    private long present;

    Detection(int[] detects, int features) {
      this.detects = detects;
      this.features = features;
      this.active = new long[detects.length];
      this.hits = new long[detects.length];
      this.truePresent = new long[features];
    }

    void add(Sae sae, SyntheticWorld world, long first, int count) {
      int width = world.settings().width();
      double[][] strengthBG = new double[count][features];
      float[] rowsBD = new float[count * width];
      for (int b = 0; b < count; b++) {
        world.features(first + b, strengthBG[b]);
        world.activation(strengthBG[b], rowsBD, b * width);
        for (int g = 0; g < features; g++) {
          if (strengthBG[b][g] > 0) {
            truePresent[g]++;
            present++;
          }
        }
      }
      SparseRows codesBF = sae.codes(count, width, rowsBD);
      for (int b = 0; b < count; b++) {
        for (int i = codesBF.rowStart()[b]; i < codesBF.rowStart()[b + 1]; i++) {
          int latent = codesBF.column()[i];
          // a code below 0 says the opposite of what its decoder vector stands for
          if (codesBF.value()[i] > 0) {
            active[latent]++;
            hits[latent] += strengthBG[b][detects[latent]] > 0 ? 1 : 0;
          }
        }
      }
    }

    double precision(int latent) {
      return active[latent] == 0 ? 0 : hits[latent] / (double) active[latent];
    }

    double recall(int latent) {
      long there = truePresent[detects[latent]];
      return there == 0 ? 0 : hits[latent] / (double) there;
    }

    double f1(int latent) {
      double sum = precision(latent) + recall(latent);
      return sum == 0 ? 0 : 2 * precision(latent) * recall(latent) / sum;
    }

    double mean(IntToDoubleFunction score) {
      return IntStream.range(0, detects.length).mapToDouble(score).average().orElse(0);
    }
  }
}
