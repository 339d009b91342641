// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.dead;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Axis;
import sae4j.saes.Parameter.Role;
import sae4j.saes.TrainableSae;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Points dead features at tokens that the SAE reconstructs badly. Bricken et al. 2023, "Towards
/// Monosemanticity", appendix; dictionary_learning.
///
/// For each dead feature a token is drawn without replacement, with probability proportional to ‖x̂
/// − x‖². With u the direction of x − b_dec, the feature's decoder row becomes u, its encoder
/// column u times a fifth of the mean norm of the columns alive, and its b_enc 0. Any other number
/// of its own becomes what it was at the start.
///
/// Adam's first moments of these numbers become 0, and the second moments become their mean over
/// the features alive. If both were 0, late in a run, Adam's nth step in one direction would have
/// the norm η·(1 − β₁ⁿ)/√(1 − β₂ⁿ), up to 6.6·η with β = (0.9, 0.999), which throws new features
/// off again. dictionary_learning warms η up after each resampling instead, for all weights.
///
/// @param sae whose features they are
/// @param optimiser that moves its parameters
/// @param fresh an SAE as `sae` was at the start
public record Resampling(TrainableSae sae, Adam optimiser, TrainableSae fresh) {
  private static final double ENCODER_NORM = 0.2;

  /// Resamples; not part of a step.
  ///
  /// @param dead whether each feature is
  /// @param sampleBD tokens as the SAE reads them
  /// @return how many features were resampled: no more than there are tokens
  public int apply(boolean[] dead, Tensor sampleBD, long seed) {
    int[] features = IntStream.range(0, dead.length).filter(f -> dead[f]).toArray();
    int[] tokens = draw(squaredErrors(sampleBD), features.length, seed);
    if (tokens.length == 0) {
      return 0;
    }
    double[] directions = directions(sampleBD, tokens);
    for (Parameter parameter : sae.learned()) {
      if (parameter.role().features() != Axis.NONE) {
        renew(parameter, dead, features, tokens.length, directions);
      }
    }
    return tokens.length;
  }

  /// Gives the first of the dead features new numbers in one parameter, and new moments.
  private void renew(
      Parameter parameter, boolean[] dead, int[] features, int count, double[] directions) {
    Tensor tensor = parameter.tensor();
    double[] values = tensor.toDoubles();
    double[] initial = fresh.parameter(parameter.name()).toDoubles();
    Adam.Moments moments = optimiser.moments(tensor);
    double[] first = moments.first().toDoubles();
    double[] second = moments.second().toDoubles();
    Own own = new Own(tensor, parameter.role().features());
    double secondOfLiving = own.meanOfLiving(second, dead);
    double norm =
        parameter.role() == Role.ENCODER ? ENCODER_NORM * own.meanNormOfLiving(values, dead) : 1;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < own.count(); j++) {
        int place = own.index(features[i], j);
        values[place] =
            switch (parameter.role()) {
              case ENCODER, DECODER -> norm * directions[i * own.count() + j];
              case ENCODER_BIAS -> 0;
              case FEATURE, DECODER_BIAS, SKIP, RUNNING_THRESHOLD -> initial[place];
            };
        first[place] = 0;
        second[place] = secondOfLiving;
      }
    }
    set(tensor, values);
    set(moments.first(), first);
    set(moments.second(), second);
  }

  /// Where each feature's own numbers are in a parameter.
  ///
  /// @param features the axis along which the features are
  private record Own(Tensor tensor, Axis features) {

    /// How many numbers of its own a feature has.
    int count() {
      return features == Axis.COLUMNS ? tensor.rows() : tensor.columns();
    }

    /// Row-major, of the jth of a feature's numbers.
    int index(int feature, int j) {
      return features == Axis.COLUMNS
          ? j * tensor.columns() + feature
          : feature * tensor.columns() + j;
    }

    /// The mean over all numbers that features alive have of their own; 0 without any.
    double meanOfLiving(double[] values, boolean[] dead) {
      return IntStream.range(0, dead.length)
          .filter(feature -> !dead[feature])
          .flatMap(feature -> IntStream.range(0, count()).map(j -> index(feature, j)))
          .mapToDouble(place -> values[place])
          .average()
          .orElse(0);
    }

    /// The mean norm of the vectors of the features alive; 1 if none is.
    double meanNormOfLiving(double[] values, boolean[] dead) {
      double sum = 0;
      int alive = 0;
      for (int f = 0; f < dead.length; f++) {
        if (!dead[f]) {
          double square = 0;
          for (int j = 0; j < count(); j++) {
            square += values[index(f, j)] * values[index(f, j)];
          }
          sum += Math.sqrt(square);
          alive++;
        }
      }
      return alive == 0 ? 1 : sum / alive;
    }
  }

  private double[] squaredErrors(Tensor sampleBD) {
    return sampleBD
        .backend()
        .compute(() -> List.of(sae.reconstruct(sampleBD).minus(sampleBD).detach().pow(2).rowSums()))
        .getFirst()
        .toDoubles();
  }

  /// Draws without replacement: the largest of ln(u)/weight (Efraimidis and Spirakis 2006).
  private static int[] draw(double[] weights, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] keys =
        Arrays.stream(weights).map(weight -> Math.log(random.nextDouble()) / weight).toArray();
    return IntStream.range(0, weights.length)
        .filter(token -> weights[token] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer token) -> -keys[token]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /// The unit vectors along x − b_dec of some tokens.
  private double[] directions(Tensor sampleBD, int[] tokens) {
    int width = sampleBD.columns();
    double[] centred = sampleBD.minus(sae.decoderBiasD().detach()).toDoubles();
    double[] directions = new double[tokens.length * width];
    for (int i = 0; i < tokens.length; i++) {
      int from = tokens[i] * width;
      double square = 0;
      for (int d = 0; d < width; d++) {
        square += centred[from + d] * centred[from + d];
      }
      double scale = square == 0 ? 0 : 1 / Math.sqrt(square);
      for (int d = 0; d < width; d++) {
        directions[i * width + d] = centred[from + d] * scale;
      }
    }
    return directions;
  }

  private static void set(Tensor target, double[] values) {
    Backend backend = target.backend();
    backend.assign(target.storage(), backend.upload(target.rows(), target.columns(), values));
  }
}
