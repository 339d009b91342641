package sae4j.training.dead;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import sae4j.saes.Sae;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Gives dead features a new life on tokens that the SAE reconstructs badly. Bricken et al. 2023,
/// "Towards Monosemanticity", appendix; dictionary_learning.
///
/// For each dead feature a token is drawn without replacement, with probability proportional to ‖x̂
/// − x‖². With u the direction of x − b_dec, the feature's decoder row becomes u, its encoder
/// column u times a fifth of the mean length of the columns alive, its b_enc 0, and any other
/// number of its own what it was at the start.
///
/// Of Adam's moments of all of these the first become 0 and the second the mean over the living.
/// From moments of 0, late in a run, Adam's nth step in one direction is η·(1 − β₁ⁿ)/√(1 − β₂ⁿ)
/// long, up to 6.6·η with β = (0.9, 0.999), and throws new features off again. dictionary_learning
/// warms η up after each resampling instead, for all weights.
///
/// @param sae whose features they are
/// @param optimiser that moves its parameters
/// @param fresh an SAE as `sae` was at the start
public record Resampling(Sae sae, Adam optimiser, Sae fresh) {
  private static final double ENCODER_LENGTH = 0.2;

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
    sae.parameters()
        .forEach(
            (name, parameter) -> {
              double[] values = parameter.toDoubles();
              double[] initial = fresh.parameter(name).toDoubles();
              Adam.Moments moments = optimiser.moments(parameter);
              double[] first = moments.first().toDoubles();
              double[] second = moments.second().toDoubles();
              double secondOfLiving = meanOfLiving(name, parameter, second, dead);
              double length =
                  name.equals("W_enc") ? ENCODER_LENGTH * meanLength(parameter, values, dead) : 1;
              boolean changed = false;
              for (int i = 0; i < tokens.length; i++) {
                for (Place place : placesOf(name, parameter, features[i])) {
                  values[place.index] =
                      place.dimension < 0
                          ? name.equals("b_enc") ? 0 : initial[place.index]
                          : length * directions[i * sae.activationDim() + place.dimension];
                  first[place.index] = 0;
                  second[place.index] = secondOfLiving;
                  changed = true;
                }
              }
              if (changed) {
                set(parameter, values);
                set(moments.first(), first);
                set(moments.second(), second);
              }
            });
    return tokens.length;
  }

  /// A number of a feature's own.
  ///
  /// @param dimension of the activations that it belongs to, or −1
  private record Place(int index, int dimension) {}

  private List<Place> placesOf(String name, Tensor parameter, int feature) {
    int columns = parameter.columns();
    return switch (name) {
      case "W_enc" ->
          IntStream.range(0, parameter.rows())
              .mapToObj(d -> new Place(d * columns + feature, d))
              .toList();
      case "W_dec" ->
          IntStream.range(0, columns).mapToObj(d -> new Place(feature * columns + d, d)).toList();
      default ->
          parameter.rows() == 1 && columns == sae.dictSize() && !name.equals("b_dec")
              ? List.of(new Place(feature, -1))
              : List.of();
    };
  }

  /// The mean over all numbers of one name that features alive have of their own; 0 without any.
  private double meanOfLiving(String name, Tensor parameter, double[] values, boolean[] dead) {
    return IntStream.range(0, dead.length)
        .filter(feature -> !dead[feature])
        .boxed()
        .flatMap(feature -> placesOf(name, parameter, feature).stream())
        .mapToDouble(place -> values[place.index])
        .average()
        .orElse(0);
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
    double[] centred = sampleBD.minus(sae.parameter("b_dec").detach()).toDoubles();
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

  /// The mean length of the columns of W_enc that are alive; 1 if none is.
  private static double meanLength(Tensor encoderDF, double[] values, boolean[] dead) {
    double sum = 0;
    int alive = 0;
    for (int f = 0; f < dead.length; f++) {
      if (!dead[f]) {
        double square = 0;
        for (int d = 0; d < encoderDF.rows(); d++) {
          square += values[d * dead.length + f] * values[d * dead.length + f];
        }
        sum += Math.sqrt(square);
        alive++;
      }
    }
    return alive == 0 ? 1 : sum / alive;
  }

  private static void set(Tensor target, double[] values) {
    Backend backend = target.backend();
    backend.assign(target.storage(), backend.upload(target.rows(), target.columns(), values));
  }
}
