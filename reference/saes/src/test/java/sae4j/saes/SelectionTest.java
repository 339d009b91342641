// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.parts.Selection;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Each way to select k codes against its definition by a sort, ties and zeros included.
class SelectionTest {
  private final Backend ejml = new EjmlBackend();

  @AfterEach
  void close() {
    ejml.close();
  }

  private double[] codes(Selection selection, int k, double... row) {
    return selection.codes(Tensor.of(ejml, 1, row.length, row), k).toDoubles();
  }

  private static double[] bySort(Selection selection, int k, double[] row) {
    DoubleUnaryOperator rank =
        selection == Selection.LARGEST_MAGNITUDE ? Math::abs : value -> value;
    double[] kept = new double[row.length];
    IntStream.range(0, row.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -rank.applyAsDouble(row[i])))
        .limit(k)
        .forEach(i -> kept[i] = selection == Selection.ABOVE_ZERO ? Math.max(0, row[i]) : row[i]);
    return kept;
  }

  @ParameterizedTest
  @EnumSource
  void the_codes_are_those_of_a_sort(Selection selection) {
    SplittableRandom random = new SplittableRandom(3);
    for (int columns : new int[] {1, 2, 7, 16, 31}) {
      for (int k = 0; k <= columns; k++) {
        double[] row =
            random.doubles(columns).map(u -> (u - 0.8) * Math.pow(10, 20 * u - 10)).toArray();
        assertThat(codes(selection, k, row))
            .as("k = %d", k)
            .containsExactly(bySort(selection, k, row));
      }
    }
  }

  @Test
  void a_code_below_zero_stays_where_it_wins_its_place() {
    double[] row = {-1, -4, 3, -2, 0};
    assertThat(codes(Selection.ABOVE_ZERO, 3, row)).containsExactly(0, 0, 3, 0, 0);
    assertThat(codes(Selection.LARGEST, 3, row)).containsExactly(-1, 0, 3, 0, 0);
    assertThat(codes(Selection.LARGEST_MAGNITUDE, 3, row)).containsExactly(0, -4, 3, -2, 0);
  }

  @Test
  void of_equals_exactly_as_many_are_kept_as_there_are_places() {
    for (int k = 0; k <= 4; k++) {
      assertThat(active(codes(Selection.LARGEST, k, -2, -2, -2, -2))).isEqualTo(k);
      assertThat(active(codes(Selection.LARGEST_MAGNITUDE, k, -2, 2, -2, 2))).isEqualTo(k);
    }
    assertThat(codes(Selection.LARGEST_MAGNITUDE, 2, -2, 2, -2)).containsExactly(-2, 2, 0);
  }

  private static long active(double[] codes) {
    return Arrays.stream(codes).filter(code -> code != 0).count();
  }

  @Test
  void zeros_are_no_codes_and_nan_stays_nan() {
    assertThat(codes(Selection.LARGEST, 2, 0, -0.0, -1)).containsExactly(0, 0, 0);
    assertThat(codes(Selection.LARGEST_MAGNITUDE, 2, 0, 0, 0)).containsExactly(0, 0, 0);
    assertThat(codes(Selection.LARGEST, 1, Double.NaN, 1)).startsWith(Double.NaN);
    assertThat(codes(Selection.LARGEST_MAGNITUDE, 1, 1, Double.NaN)).endsWith(Double.NaN);
  }

  @ParameterizedTest
  @EnumSource
  void the_gradient_reaches_the_active_pre_activations_alone(Selection selection) {
    Tensor rowF = Tensor.parameter(ejml, 1, 5, (row, column) -> column - 2.5);
    Tensor codesF = selection.codes(rowF, 4);
    codesF.pow(2).sum().backward();
    double[] expected = Arrays.stream(codesF.toDoubles()).map(code -> 2 * code).toArray();
    assertThat(Objects.requireNonNull(rowF.gradient()).toDoubles()).containsExactly(expected);
  }
}
