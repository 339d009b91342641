// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.synthetic;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import sae4j.activations.ActivationSet;

/// An endless supply of activations that are sums of known features.
///
/// ```
/// x = bias + Σ present features g of a_g·v_g
/// ```
///
/// A feature is present where a correlated normal number exceeds its threshold, its parent is
/// present, and it wins against its siblings; its strength is normal, and proportional to how much
/// stronger than usual its parent is. Every row is drawn from its number and the seed alone, so
/// rows can be read in any order, again, and by several threads. After SynthSAEBench (Chanin et al.
/// 2026, [arXiv 2602.14687](https://arxiv.org/abs/2602.14687)).
public final class SyntheticWorld {
  private static final long ROW_STREAM = 0x9E37_79B9_7F4A_7C15L;

  private final WorldSettings settings;
  private final Forest forest;
  private final double[] directionsGD;
  private final double[] biasD;
  private final double[] factorsGR;
  private final double[] ownG;
  private final double[] thresholdG;
  private final double[] meanG;
  private final double[] deviationG;

  /// Makes a world.
  public SyntheticWorld(WorldSettings settings) {
    this.settings = settings;
    this.forest = Forest.grow(settings);
    int features = settings.features();
    SplittableRandom random = new SplittableRandom(settings.seed());
    this.directionsGD = directions(settings, random.split());
    this.biasD = unit(settings.width(), random.split());
    for (int d = 0; d < biasD.length; d++) {
      biasD[d] *= settings.bias();
    }
    RandomGenerator others = random.split();
    this.factorsGR = new double[features * settings.rank()];
    this.ownG = new double[features];
    this.thresholdG = new double[features];
    this.meanG = new double[features];
    this.deviationG = new double[features];
    double[] probability = new double[features];
    for (int g = 0; g < features; g++) {
      probability[g] = settings.probability(g);
    }
    for (int g = 0; g < features; g++) {
      double shared = 0;
      for (int r = 0; r < settings.rank(); r++) {
        double factor = settings.correlation() * others.nextGaussian();
        factorsGR[g * settings.rank() + r] = factor;
        shared += factor * factor;
      }
      keepCorrelation(g, shared);
      thresholdG[g] = Normal.exceededWith(forest.drawn(g, probability));
      meanG[g] = settings.magnitude(g);
      double m = settings.magnitudeDeviation();
      deviationG[g] = Math.abs(m + m * others.nextGaussian());
    }
  }

  /// What is common to features may make up all but a hundredth of a feature's variance.
  private void keepCorrelation(int g, double shared) {
    double most = 0.99;
    if (shared > most) {
      for (int r = 0; r < settings.rank(); r++) {
        factorsGR[g * settings.rank() + r] *= Math.sqrt(most / shared);
      }
    }
    ownG[g] = Math.sqrt(1 - Math.min(shared, most));
  }

  /// Random directions, pushed apart by gradient steps on Σ cos² and kept at length 1.
  private static double[] directions(WorldSettings settings, SplittableRandom random) {
    int width = settings.width();
    double[] rowsGD = new double[settings.features() * width];
    for (int g = 0; g < settings.features(); g++) {
      System.arraycopy(unit(width, random), 0, rowsGD, g * width, width);
    }
    for (int step = 0; step < settings.orthogonalisation(); step++) {
      push(rowsGD, width);
    }
    return rowsGD;
  }

  /// v ← normalise(v − η·v·C) with C = VᵀV − (G/D)·1: what many directions share is taken from
  /// each.
  private static void push(double[] rowsGD, int width) {
    int count = rowsGD.length / width;
    double[] sharedDD = new double[width * width];
    for (int g = 0; g < count; g++) {
      for (int a = 0; a < width; a++) {
        double value = rowsGD[g * width + a];
        for (int b = 0; b < width; b++) {
          sharedDD[a * width + b] += value * rowsGD[g * width + b];
        }
      }
    }
    double rate = 0.1 * width / count;
    double[] moved = new double[width];
    for (int g = 0; g < count; g++) {
      Arrays.fill(moved, 0);
      for (int a = 0; a < width; a++) {
        double value = rowsGD[g * width + a];
        for (int b = 0; b < width; b++) {
          moved[b] += value * sharedDD[a * width + b];
        }
      }
      double square = 0;
      for (int d = 0; d < width; d++) {
        moved[d] = rowsGD[g * width + d] * (1 + 0.1) - rate * moved[d];
        square += moved[d] * moved[d];
      }
      for (int d = 0; d < width; d++) {
        rowsGD[g * width + d] = moved[d] / Math.sqrt(square);
      }
    }
  }

  private static double[] unit(int width, SplittableRandom random) {
    double[] direction = new double[width];
    double square = 0;
    for (int d = 0; d < width; d++) {
      direction[d] = random.nextGaussian();
      square += direction[d] * direction[d];
    }
    for (int d = 0; d < width; d++) {
      direction[d] /= Math.sqrt(square);
    }
    return direction;
  }

  /// What this was made from.
  public WorldSettings settings() {
    return settings;
  }

  /// The direction of each feature.
  ///
  /// @return G×D, row-major, rows of length 1
  public double[] directionsGD() {
    return directionsGD.clone();
  }

  /// The parent of each feature, −1 for those without.
  public int[] parents() {
    return forest.parent().clone();
  }

  /// How strongly each feature is present in a row; 0 for those that are absent.
  ///
  /// @param strengthG receives G numbers
  public void features(long row, double[] strengthG) {
    SplittableRandom random = new SplittableRandom(mixed(settings.seed() + ROW_STREAM * row));
    double[] commonR = new double[settings.rank()];
    for (int r = 0; r < commonR.length; r++) {
      commonR[r] = random.nextGaussian();
    }
    Arrays.fill(strengthG, 0);
    int[] parent = forest.parent();
    for (int g = 0; g < parent.length; g++) {
      if (parent[g] < 0 && exceeds(g, commonR, random)) {
        appear(g, 1, strengthG, commonR, random);
      }
    }
  }

  /// A feature is present: draws its strength, and what lies below it.
  private void appear(
      int g, double factor, double[] strengthG, double[] commonR, SplittableRandom random) {
    double strength = factor * (meanG[g] + deviationG[g] * random.nextGaussian());
    if (strength <= 0) {
      return;
    }
    strengthG[g] = strength;
    int chosen = -1;
    int candidates = 0;
    for (int child : forest.children().get(g)) {
      // every candidate is as likely to win as the others
      if (exceeds(child, commonR, random) && random.nextInt(++candidates) == 0) {
        chosen = child;
      }
    }
    if (chosen >= 0) {
      appear(chosen, strength / meanG[g], strengthG, commonR, random);
    }
  }

  private boolean exceeds(int g, double[] commonR, SplittableRandom random) {
    double sum = ownG[g] * random.nextGaussian();
    for (int r = 0; r < commonR.length; r++) {
      sum += factorsGR[g * commonR.length + r] * commonR[r];
    }
    return sum > thresholdG[g];
  }

  private static long mixed(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }

  /// Rows of this world.
  ///
  /// @param first the number of the first
  public ActivationSet activations(long first, long count) {
    return new ActivationSet() {
      private final ThreadLocal<double[]> strengths =
          ThreadLocal.withInitial(() -> new double[settings.features()]);

      @Override
      public long rows() {
        return count;
      }

      @Override
      public int width() {
        return settings.width();
      }

      @Override
      public void read(long row, float[] into, int offset) {
        double[] strengthG = strengths.get();
        features(first + row, strengthG);
        activation(strengthG, into, offset);
      }
    };
  }

  /// The sum of features with given strengths, and the bias.
  ///
  /// @param into receives D numbers from `offset` on
  public void activation(double[] strengthG, float[] into, int offset) {
    int width = settings.width();
    double[] sumD = biasD.clone();
    for (int g = 0; g < strengthG.length; g++) {
      double strength = strengthG[g];
      for (int d = 0; strength != 0 && d < width; d++) {
        sumD[d] += strength * directionsGD[g * width + d];
      }
    }
    for (int d = 0; d < width; d++) {
      into[offset + d] = (float) sumD[d];
    }
  }
}
