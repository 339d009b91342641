// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
  @Test
  void linear_places_are_proportional() {
    Axis axis = new Axis(10, 20, false, 100, 300);
    assertThat(axis.at(10)).isEqualTo(100);
    assertThat(axis.at(20)).isEqualTo(300);
    assertThat(axis.at(12.5)).isEqualTo(150);
  }

  @Test
  void equal_ratios_are_equally_far_apart() {
    Axis axis = new Axis(1, 16, true, 0, 400);
    assertThat(axis.at(4) - axis.at(2)).isEqualTo(axis.at(16) - axis.at(8), within(1e-9));
  }

  @Test
  void ticks_are_round_and_inside() {
    assertThat(new Axis(0.86, 0.97, false, 0, 1).ticks())
        .hasSizeBetween(4, 8)
        .allSatisfy(tick -> assertThat(tick * 50).isEqualTo(Math.rint(tick * 50), within(1e-9)));
    assertThat(new Axis(7, 140, true, 0, 1).ticks()).containsExactly(10.0, 20.0, 50.0, 100.0);
    assertThat(new Axis(3, 5, true, 0, 1).ticks()).containsExactly(3.0, 4.0, 5.0);
  }

  @Test
  void labels_have_the_decimals_they_need() {
    assertThat(new Axis(0.86, 0.97, false, 0, 1).label(0.9)).isEqualTo("0.90");
    assertThat(new Axis(0, 2000, false, 0, 1).label(500)).isEqualTo("500");
    assertThat(new Axis(7, 140, true, 0, 1).label(50)).isEqualTo("50");
    assertThat(new Axis(0.01, 1, true, 0, 1).label(0.05)).isEqualTo("0.05");
    assertThat(new Axis(1, 3, true, 0, 1).label(1.5)).isEqualTo("1.5");
  }

  @Test
  void one_value_still_has_an_axis() {
    Axis axis = Axis.around(new double[] {3, 3}, true, 1.25, 0, 100);
    assertThat(axis.at(3)).isEqualTo(50, within(1e-9));
  }

  @Test
  void values_that_are_nearly_the_same_do_not_fill_the_axis() {
    Axis linear = Axis.around(new double[] {15.97, 16, 16.03}, false, 1, 0, 100);
    assertThat(linear.high() - linear.low()).isEqualTo(1, within(1e-9));
    assertThat(linear.ticks().stream().map(linear::label))
        .containsExactly("15.6", "15.8", "16.0", "16.2", "16.4");

    Axis logarithmic = Axis.around(new double[] {15.96, 16.04}, true, 1.25, 0, 100);
    assertThat(logarithmic.high() / logarithmic.low()).isEqualTo(1.25, within(1e-9));
    assertThat(logarithmic.ticks()).hasSizeBetween(3, 8);
    assertThat(logarithmic.ticks().stream().map(logarithmic::label)).doesNotHaveDuplicates();
  }

  /// A loss with a weight beyond reason is drawn like any: it once took all of the memory.
  @ParameterizedTest
  @CsvSource({
    "1, 1e300, true",
    "1e-300, 1, true",
    "1e-307, 1e308, true",
    "1e300, 1.1e300, true",
    "-1e300, 1, false",
    "-1.7e308, 1.7e308, false",
    "0, 1e-300, false",
    "1e12, 1.0000001e12, false"
  })
  void an_axis_of_any_numbers_has_a_few_short_labels(double low, double high, boolean logarithmic) {
    Axis axis = Axis.around(new double[] {low, high}, logarithmic, logarithmic ? 1.1 : 0, 100, 300);
    assertThat(axis.ticks()).hasSizeBetween(1, 20).isSorted();
    assertThat(axis.ticks().stream().map(axis::label))
        .allSatisfy(label -> assertThat(label).hasSizeLessThan(16));
    assertThat(axis.ticks()).allSatisfy(tick -> assertThat(axis.at(tick)).isBetween(99.0, 301.0));
  }

  @Test
  void values_that_differ_fill_the_axis() {
    Axis axis = Axis.around(new double[] {8, 128}, true, 1.25, 0, 100);
    assertThat(axis.at(128) - axis.at(8)).isGreaterThan(85);
  }
}
