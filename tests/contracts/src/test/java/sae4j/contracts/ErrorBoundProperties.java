// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import sae4j.contracts.NaiveBackend.Precision;
import sae4j.contracts.Operand.Form;
import sae4j.contracts.StepContract.Training;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;

/// Bounds that admit everything would pass every backend: these are wide enough for rounding and
/// too narrow for more.
class ErrorBoundProperties {
  private static final double SINGLE = 0x1.0p-24;
  private static final double DOUBLE = 0x1.0p-53;
  private final Backend reference = new BoundedReference(SINGLE);

  private static Operand positive(int rows, int columns, long seed) {
    return new Operand(rows, columns, Form.FLOATS, Numbers.POSITIVE, seed);
  }

  private static Storage product(Backend backend, int inner, long seed) {
    return backend.matmul(
        positive(3, inner, seed).on(backend), positive(inner, 4, seed + 1).on(backend));
  }

  /// γₖ of single and double precision and the underflow of k products, no more, where nothing
  /// cancels.
  @Property
  void a_product_without_cancellation_is_bounded_by_gamma_of_its_inner_size(
      @ForAll @IntRange(min = 1, max = 300) int inner, @ForAll long seed) {
    for (Bounded number : BoundedReference.numbers(product(reference, inner, seed)).rowMajor()) {
      assertThat(number.error()).isPositive();
      assertThat(number.error())
          .isLessThanOrEqualTo(new ErrorBound(SINGLE, DOUBLE).gamma(inner + 1) * number.value());
    }
  }

  @Property
  void single_precision_sums_in_any_order_are_within_the_bound_of_a_product(
      @ForAll @IntRange(min = 1, max = 300) int inner, @ForAll long seed) {
    Backend single = new NaiveBackend(Precision.SINGLE, false);
    Operand a = new Operand(3, inner, Form.FLOATS, Numbers.MIXED, seed);
    Operand b = new Operand(inner, 4, Form.FLOATS, Numbers.MIXED, seed + 1);
    BoundedMatrix expected =
        BoundedReference.numbers(reference.matmul(a.on(reference), b.on(reference)));
    Contract.agrees(expected, single.toDoubles(single.matmul(a.on(single), b.on(single))));
    Storage halves =
        single.add(
            part(single, a.on(single), b.on(single), inner / 2, inner),
            part(single, a.on(single), b.on(single), 0, inner / 2));
    Contract.agrees(expected, single.toDoubles(halves));
  }

  private static Storage part(Backend backend, Storage a, Storage b, int from, int to) {
    return backend.matmul(backend.columns(a, from, to - from), backend.rows(b, from, to - from));
  }

  @Property
  void half_precision_is_not_taken_for_single(
      @ForAll @IntRange(min = 1, max = 33) int inner, @ForAll long seed) {
    Bounded[] expected = BoundedReference.numbers(product(reference, inner, seed)).rowMajor();
    long admitted =
        Arrays.stream(expected)
            .filter(
                number ->
                    number.admits(
                        Float.float16ToFloat(Float.floatToFloat16((float) number.value()))))
            .count();
    assertThat(admitted).isLessThan(expected.length / 2);
  }

  @Property
  void a_number_twice_as_far_off_as_the_bound_is_refused(
      @ForAll @IntRange(min = 1, max = 33) int inner, @ForAll long seed) {
    for (Bounded number : BoundedReference.numbers(product(reference, inner, seed)).rowMajor()) {
      assertThat(number.admits(number.value() + number.error() / 2)).isTrue();
      assertThat(number.admits(number.value() - 2 * number.error())).isFalse();
      assertThat(number.admits(Double.NaN)).isFalse();
      assertThat(number.admits(Double.POSITIVE_INFINITY)).isFalse();
    }
  }

  /// Bounds grow from step to step; what is left must still tell a right training from a wrong one.
  /// The median is looked at: Adam divides by √v, so the bound of a parameter whose gradient nearly
  /// vanishes is rightly wide. In rare trainings that is most of them, so a single training has a
  /// wider limit than the median of many.
  @Example
  void the_bounds_of_short_trainings_stay_far_below_their_numbers() {
    double[] ofRuns =
        LongStream.range(0, 200).mapToDouble(this::medianOfTheRelativeBounds).sorted().toArray();
    assertThat(ofRuns[0]).isPositive();
    assertThat(ofRuns[ofRuns.length / 2]).isLessThan(Math.sqrt(SINGLE));
  }

  @Property
  void the_bounds_of_a_short_training_are_below_its_numbers(@ForAll long seed) {
    assertThat(medianOfTheRelativeBounds(seed)).isPositive().isLessThan(0.1);
  }

  private double medianOfTheRelativeBounds(long seed) {
    Training training = Training.run(reference, false, 6, 11, 3, seed);
    double[] relative =
        training.parameters().stream()
            .flatMap(
                parameter ->
                    Arrays.stream(BoundedReference.numbers(parameter.storage()).rowMajor()))
            .mapToDouble(number -> number.error() / Math.abs(number.value()))
            .sorted()
            .toArray();
    return relative[relative.length / 2];
  }

  @Example
  void zeros_and_moved_numbers_are_exact_and_nan_and_overflow_are_not_confused() {
    ErrorBound bound = new ErrorBound(SINGLE, DOUBLE);
    Bounded large = Bounded.exact(Float.MAX_VALUE);
    assertThat(bound.multiply(Bounded.ZERO, large)).isEqualTo(Bounded.ZERO);
    assertThat(bound.add(Bounded.ZERO, large)).isEqualTo(large);
    assertThat(bound.multiply(large, large).admits(Double.POSITIVE_INFINITY)).isTrue();
    assertThat(bound.multiply(Bounded.exact(Double.NaN), large).admits(Double.POSITIVE_INFINITY))
        .isFalse();
    assertThat(bound.multiply(Bounded.exact(Double.NaN), large).admits(Double.NaN)).isTrue();
    assertThat(bound.divide(Bounded.exact(1), Bounded.ZERO).admits(Double.POSITIVE_INFINITY))
        .isTrue();
    assertThat(bound.divide(Bounded.exact(1), Bounded.ZERO).admits(0)).isFalse();
  }
}
