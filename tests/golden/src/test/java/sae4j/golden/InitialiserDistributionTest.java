// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sae4j.article.SparseAutoEncoder;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Linear;
import sae4j.tensor.Tensor;

/// Initial values have the distributions that PyTorch documents, but not the same numbers. The
/// seeds are fixed, so a test here passes always or never.
final class InitialiserDistributionTest {
  /// How many standard deviations a sample statistic may be off. By chance it is exceeded once in
  /// 10⁹.
  private static final double SIGMAS = 6;

  /// The Kolmogorov–Smirnov statistic exceeds √(−ln(α/2)/2)/√n by chance with probability α; here α
  /// = 10⁻⁹.
  private static final double KOLMOGOROV = Math.sqrt(-Math.log(1e-9 / 2) / 2);

  private static final int ROWS = 192;
  private static final int COLUMNS = 256;
  private static final EjmlBackend BACKEND = new EjmlBackend();

  @Test
  void linear_starts_uniform_within_one_over_the_root_of_its_inputs_weight_and_bias_alike() {
    Linear linear = new Linear(ROWS, 4096, BACKEND, 1);
    double bound = 1 / Math.sqrt(ROWS);
    assertUniform(linear.weight().toDoubles(), bound);
    assertUniform(linear.bias().toDoubles(), bound);
  }

  @Test
  void kaiming_uniform_is_uniform_within_the_root_of_six_over_the_inputs() {
    assertUniform(sample(Initialiser.kaimingUniform(2, ROWS)), Math.sqrt(6.0 / ROWS));
  }

  @Test
  void a_layer_without_inputs_starts_at_zero_and_not_at_infinity() {
    assertThat(new Linear(0, 3, BACKEND, 1).bias().abs().toDoubles()).containsExactly(0, 0, 0);
  }

  @Test
  void normal_has_the_even_moments_of_the_normal_distribution_and_no_odd_ones() {
    double[] normal = sample(Initialiser.normal(3));
    double n = normal.length;
    // E xᵏ is 0, 1, 0, 3 and its variance E x²ᵏ − (E xᵏ)² is 1, 2, 15, 96, for k = 1 … 4.
    assertThat(mean(normal, x -> x)).isCloseTo(0, within(SIGMAS / Math.sqrt(n)));
    assertThat(mean(normal, x -> x * x)).isCloseTo(1, within(SIGMAS * Math.sqrt(2 / n)));
    assertThat(mean(normal, x -> x * x * x)).isCloseTo(0, within(SIGMAS * Math.sqrt(15 / n)));
    assertThat(mean(normal, x -> x * x * x * x)).isCloseTo(3, within(SIGMAS * Math.sqrt(96 / n)));
  }

  @Test
  void unit_norm_rows_have_length_one() {
    Tensor parameter = Initialiser.unitNormRows(BACKEND, 512, 33, 4);
    double[] lengthsSquared = parameter.pow(2).rowSums().toDoubles();
    // Each of 33 squares has two roundings of its element and one of its own. Their sum adds at
    // most 33 more.
    double allowed = (3 + 33) * BACKEND.unitRoundoff();
    assertThat(lengthsSquared).hasSize(512);
    assertThat(
            Arrays.stream(lengthsSquared).map(square -> Math.abs(square - 1)).max().orElseThrow())
        .isLessThanOrEqualTo(allowed);
  }

  /// Archimedes: on the sphere in three dimensions each coordinate is uniform. On the circle it is
  /// the angle.
  @Test
  void unit_norm_rows_point_everywhere_alike() {
    Tensor sphere = Initialiser.unitNormRows(BACKEND, 20_000, 3, 5);
    for (int axis = 0; axis < 3; axis++) {
      assertUniform(sphere.columns(axis, 1).toDoubles(), 1);
    }
    double[] circle = Initialiser.unitNormRows(BACKEND, 20_000, 2, 6).toDoubles();
    double[] angles =
        IntStream.range(0, 20_000)
            .mapToDouble(row -> Math.atan2(circle[2 * row], circle[2 * row + 1]))
            .toArray();
    assertUniform(angles, Math.PI);
  }

  @Test
  void the_parameters_of_an_autoencoder_and_of_neighbouring_seeds_are_not_correlated() {
    Map<String, double[]> streams = new LinkedHashMap<>();
    for (long seed : List.of(0L, 1L, 2L, 42L, 43L)) {
      SparseAutoEncoder autoencoder = new SparseAutoEncoder(64, 512, BACKEND, seed);
      streams.put("encoder of seed " + seed, autoencoder.encoderDF.weight().toDoubles());
      streams.put("decoder of seed " + seed, autoencoder.decoderFD.weight().toDoubles());
      streams.put(
          "transposed decoder of seed " + seed,
          autoencoder.decoderFD.weight().transpose().toDoubles());
      streams.put("encoder's bias of seed " + seed, autoencoder.encoderDF.bias().toDoubles());
      streams.put("decoder's bias of seed " + seed, autoencoder.decoderFD.bias().toDoubles());
    }
    streams.forEach(
        (a, numbersA) ->
            streams.forEach(
                (b, numbersB) -> {
                  if (a.compareTo(b) < 0) {
                    assertUncorrelated(a + " and " + b, numbersA, numbersB);
                  }
                }));
  }

  @Test
  void neighbours_in_a_matrix_are_not_correlated() {
    double[] uniform = sample(Initialiser.uniform(7, 1));
    assertUncorrelated(
        "neighbours in a row", uniform, Arrays.copyOfRange(uniform, 1, uniform.length));
    assertUncorrelated(
        "neighbours in a column", uniform, Arrays.copyOfRange(uniform, COLUMNS, uniform.length));
    double[] normal = sample(Initialiser.normal(7));
    assertUncorrelated(
        "neighbouring normals", normal, Arrays.copyOfRange(normal, 1, normal.length));
    assertUncorrelated("a normal and a uniform number of one seed", normal, uniform);
  }

  @Test
  void no_number_occurs_twice_in_a_matrix_or_in_that_of_the_next_seed() {
    double[] both =
        DoubleStream.concat(
                Arrays.stream(sample(Initialiser.uniform(8, 1))),
                Arrays.stream(sample(Initialiser.uniform(9, 1))))
            .toArray();
    assertThat(Arrays.stream(both).distinct().count()).isEqualTo(both.length);
  }

  private static double[] sample(Elements elements) {
    return IntStream.range(0, ROWS * COLUMNS)
        .mapToDouble(i -> elements.at(i / COLUMNS, i % COLUMNS))
        .toArray();
  }

  /// Bounds, first two moments and Kolmogorov–Smirnov distance of U(−bound, bound).
  private static void assertUniform(double[] sample, double bound) {
    double n = sample.length;
    assertThat(Arrays.stream(sample).map(Math::abs).max().orElseThrow())
        .isLessThanOrEqualTo(bound)
        .as("the largest of n comes near the bound")
        .isGreaterThan(bound * (1 - 20 / n));
    // E x = 0 and E x² = bound²/3, with variances bound²/3 and bound⁴·(1/5 − 1/9).
    assertThat(mean(sample, x -> x)).isCloseTo(0, within(SIGMAS * bound / Math.sqrt(3 * n)));
    assertThat(mean(sample, x -> x * x))
        .isCloseTo(bound * bound / 3, within(SIGMAS * bound * bound * Math.sqrt(4 / (45 * n))));
    double[] ascending = Arrays.stream(sample).sorted().toArray();
    double distance = 0;
    for (int i = 0; i < ascending.length; i++) {
      double expected = (ascending[i] / bound + 1) / 2;
      distance = Math.max(distance, Math.max((i + 1) / n - expected, expected - i / n));
    }
    assertThat(distance).as("Kolmogorov–Smirnov distance").isLessThan(KOLMOGOROV / Math.sqrt(n));
  }

  /// Pearson's r of the elements that both have, times √n, is N(0, 1) if they are independent.
  private static void assertUncorrelated(String what, double[] a, double[] b) {
    int n = Math.min(a.length, b.length);
    double meanA = Arrays.stream(a, 0, n).average().orElseThrow();
    double meanB = Arrays.stream(b, 0, n).average().orElseThrow();
    double covariance =
        IntStream.range(0, n).mapToDouble(i -> (a[i] - meanA) * (b[i] - meanB)).sum();
    double varianceA = Arrays.stream(a, 0, n).map(x -> (x - meanA) * (x - meanA)).sum();
    double varianceB = Arrays.stream(b, 0, n).map(x -> (x - meanB) * (x - meanB)).sum();
    assertThat(covariance / Math.sqrt(varianceA * varianceB))
        .as(what)
        .isCloseTo(0, within(SIGMAS / Math.sqrt(n)));
  }

  private static double mean(double[] sample, DoubleUnaryOperator of) {
    return Arrays.stream(sample).map(of).average().orElseThrow();
  }
}
