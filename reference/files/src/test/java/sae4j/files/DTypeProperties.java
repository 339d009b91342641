// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class DTypeProperties {
  @Example
  void every_16_bit_pattern_survives_the_way_through_float_and_double() {
    for (DType dtype : new DType[] {DType.F16, DType.BF16}) {
      for (long bits = 0; bits < 1 << 16; bits++) {
        if (!Float.isNaN(dtype.toFloat(bits))) {
          assertThat(dtype.bits(dtype.toFloat(bits))).isEqualTo(bits);
          assertThat(dtype.bits(dtype.toDouble(bits))).isEqualTo(bits);
        } else {
          assertThat(dtype.toFloat(dtype.bits(dtype.toFloat(bits)))).isNaN();
        }
      }
    }
  }

  @Property(tries = 5000)
  void a_double_goes_to_the_nearest_16_bit_float(@ForAll("doubles") double value) {
    for (DType dtype : new DType[] {DType.F16, DType.BF16}) {
      assertNearest(dtype, dtype.bits(value), new BigDecimal(value));
    }
  }

  @Property(tries = 5000)
  void a_long_goes_to_the_nearest_16_bit_float(@ForAll("longs") long value) {
    for (DType dtype : new DType[] {DType.F16, DType.BF16}) {
      assertNearest(dtype, dtype.bits(value), new BigDecimal(value));
    }
  }

  /// The neighbours of a pattern, as numbers, lie one bit pattern away; the value must be no nearer
  /// to them, and at a tie the pattern must be even.
  private static void assertNearest(DType dtype, long bits, BigDecimal value) {
    float result = dtype.toFloat(bits);
    long magnitude = bits & 0x7FFF;
    if (Float.isInfinite(result)) {
      // As if the exponent went on: the first value that rounds to infinity is half a step above
      // the largest.
      BigDecimal largest = new BigDecimal(dtype.toDouble(magnitude - 1));
      BigDecimal step = largest.subtract(new BigDecimal(dtype.toDouble(magnitude - 2)));
      assertThat(value.abs().subtract(largest).multiply(BigDecimal.TWO))
          .isGreaterThanOrEqualTo(step);
      return;
    }
    BigDecimal error = value.subtract(new BigDecimal(result)).abs();
    for (long neighbour : new long[] {magnitude - 1, magnitude + 1}) {
      float other = neighbour < 0 ? 0 : dtype.toFloat(neighbour);
      if (neighbour >= 0 && !Float.isInfinite(other)) {
        BigDecimal otherError = value.abs().subtract(new BigDecimal(other)).abs();
        assertThat(error).isLessThanOrEqualTo(otherError);
        if (error.compareTo(otherError) == 0 && error.signum() != 0) {
          assertThat(bits & 1).as("ties go to even: %s", value).isZero();
        }
      }
    }
    assertThat(bits >>> 15 == 1)
        .isEqualTo(value.signum() < 0 || (value.signum() == 0 && bits == 0x8000));
  }

  @Example
  void integers_keep_their_range() {
    for (DType dtype : new DType[] {DType.I64, DType.I32, DType.I16, DType.I8, DType.U8}) {
      boolean signed = dtype != DType.U8;
      int width = 8 * dtype.bytes() - (signed ? 1 : 0);
      long greatest = (1L << (width - 1)) - 1 + (1L << (width - 1));
      long least = signed ? -greatest - 1 : 0;
      for (long value : new long[] {least, least + 1, 0, 1, greatest - 1, greatest}) {
        assertThat(dtype.toLong(dtype.bits(value))).isEqualTo(value);
      }
      if (dtype != DType.I64) {
        assertThatThrownBy(() -> dtype.bits(greatest + 1))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> dtype.bits(least - 1))
            .isInstanceOf(IllegalArgumentException.class);
      }
      for (double none :
          new double[] {0.5, Double.NaN, Double.POSITIVE_INFINITY, 0x1p63, -0x1p64}) {
        assertThatThrownBy(() -> dtype.bits(none))
            .as("%s as %s", none, dtype)
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
    assertThat(DType.I64.bits(-0x1p63)).isEqualTo(Long.MIN_VALUE);
    assertThat(DType.BOOL.toLong(2)).isEqualTo(1);
  }

  @Example
  void conversions_that_would_lose_something_are_refused() {
    assertThatThrownBy(() -> DType.I64.toDouble(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DType.I32.toFloat(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DType.F32.toLong(1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(DType.I32.toDouble(DType.I32.bits(Integer.MIN_VALUE))).isEqualTo(Integer.MIN_VALUE);
  }

  @Example
  void rounding_agrees_with_numpy_and_torch() throws IOException {
    try (TensorFile file = TensorFile.open(Fixtures.path("rounding.npz"))) {
      double[] doubles = file.tensor("f64").doubles();
      float[] floats = file.tensor("f32").floats();
      long[] halvesOfDoubles = file.tensor("f16_of_f64").longs();
      long[] halvesOfFloats = file.tensor("f16_of_f32").longs();
      long[] brainsOfFloats = file.tensor("bf16_of_f32").longs();
      assertThat(doubles).hasSizeGreaterThan(700);
      for (int i = 0; i < doubles.length; i++) {
        assertThat(DType.F32.bits(doubles[i])).isEqualTo(DType.F32.bits(floats[i]));
        assertThat((short) DType.F16.bits(doubles[i]))
            .as("half of %s", doubles[i])
            .isEqualTo((short) halvesOfDoubles[i]);
        assertThat((short) DType.F16.bits(floats[i]))
            .as("half of %s", floats[i])
            .isEqualTo((short) halvesOfFloats[i]);
        assertThat((short) DType.BF16.bits(floats[i]))
            .as("brain of %s", floats[i])
            .isEqualTo((short) brainsOfFloats[i]);
      }
    }
  }

  /// Numbers of every magnitude, and numbers at and just beside the middle between two neighbours.
  @Provide
  Arbitrary<Double> doubles() {
    Arbitrary<Double> any =
        Arbitraries.longs().map(Double::longBitsToDouble).filter(Double::isFinite);
    Arbitrary<Double> nearTies =
        Arbitraries.integers()
            .between(0, 0x7F00)
            .flatMap(
                bits ->
                    Arbitraries.of(DType.F16, DType.BF16)
                        .flatMap(
                            dtype ->
                                Arbitraries.of(0, 1, -1)
                                    .map(
                                        nudge -> {
                                          double middle =
                                              dtype.toDouble(bits) / 2
                                                  + dtype.toDouble(bits + 1) / 2;
                                          return nudge == 0
                                              ? middle
                                              : nudge > 0
                                                  ? Math.nextUp(middle)
                                                  : Math.nextDown(middle);
                                        })))
            .filter(Double::isFinite);
    return Arbitraries.oneOf(
        any, nearTies, nearTies.map(x -> -x), Arbitraries.doubles().between(-1e5, 1e5).ofScale(9));
  }

  /// Longs of every magnitude, and longs near a tie of BF16 that a double could not tell from it.
  @Provide
  Arbitrary<Long> longs() {
    Arbitrary<Long> nearTies =
        Arbitraries.integers()
            .between(128, 255)
            .flatMap(
                head ->
                    Arbitraries.integers()
                        .between(1, 54)
                        .flatMap(
                            shift ->
                                Arbitraries.longs()
                                    .between(-2, 2)
                                    .map(nudge -> ((2L * head + 1) << shift) + nudge)));
    return Arbitraries.oneOf(Arbitraries.longs(), nearTies, nearTies.map(x -> -x));
  }
}
