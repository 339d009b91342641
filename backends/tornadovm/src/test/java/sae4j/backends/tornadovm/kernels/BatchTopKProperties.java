package sae4j.backends.tornadovm.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// The keys by which the largest elements of a matrix are found.
class BatchTopKProperties {

  @Property(tries = 2000)
  void keys_of_positive_numbers_are_their_bits(
      @ForAll @IntRange(min = 1, max = 0x7f800000) int bits) {
    assertThat(BatchTopK.orderedBits(Float.intBitsToFloat(bits))).isEqualTo(bits);
  }

  @Example
  void what_is_no_code_has_the_key_zero_and_nan_the_largest() {
    assertThat(BatchTopK.orderedBits(0)).isZero();
    assertThat(BatchTopK.orderedBits(-0.0f)).isZero();
    assertThat(BatchTopK.orderedBits(-1)).isZero();
    assertThat(BatchTopK.orderedBits(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(BatchTopK.orderedBits(Float.MIN_VALUE)).isEqualTo(1);
    assertThat(BatchTopK.orderedBits(Float.MIN_NORMAL)).isEqualTo(0x00800000);
    assertThat(BatchTopK.orderedBits(Float.NaN))
        .isGreaterThan(BatchTopK.orderedBits(Float.POSITIVE_INFINITY));
  }
}
