// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;

/// The operations that treat each element by itself, of one matrix and of two.
interface ElementwiseContract extends Contract {

  /// An operation on two matrices.
  @FunctionalInterface
  interface Combination {
    Storage of(Backend backend, Storage a, Storage b);
  }

  private void agrees(Pair pair, Combination combination) {
    agrees(b -> combination.of(b, pair.a().on(b), pair.b().on(b)));
  }

  @Property
  default void add_agrees(@ForAll("broadcastablePairs") Pair pair) {
    agrees(pair, Backend::add);
  }

  @Property
  default void subtract_agrees(@ForAll("broadcastablePairs") Pair pair) {
    agrees(pair, Backend::subtract);
  }

  @Property
  default void multiply_agrees(@ForAll("broadcastablePairs") Pair pair) {
    agrees(pair, Backend::multiply);
  }

  @Property
  default void divide_agrees(@ForAll("dividablePairs") Pair pair) {
    agrees(pair, Backend::divide);
  }

  @Property
  default void an_operand_combines_with_itself(@ForAll("any") Operand operand) {
    agrees(
        b -> {
          Storage a = operand.on(b);
          return b.subtract(b.add(a, a), b.multiply(a, a));
        });
  }

  @Property
  default void add_subtract_multiply_and_divide_follow_ieee_on_nan_infinities_and_zeros(
      @ForAll("specialPairs") Pair pair) {
    agrees(pair, Backend::add);
    agrees(pair, Backend::subtract);
    agrees(pair, Backend::multiply);
    agrees(pair, Backend::divide);
  }

  @Property
  default void shapes_that_do_not_broadcast_are_refused_with_both_named(
      @ForAll("any") Operand a, @ForAll("any") Operand b) {
    Assume.that(!fits(a.rows(), b.rows()) || !fits(a.columns(), b.columns()));
    Storage x = a.on(backend());
    Storage y = b.on(backend());
    for (Combination combination :
        new Combination[] {
          Backend::add,
          Backend::subtract,
          Backend::multiply,
          Backend::divide,
          Backend::whereActive,
          Backend::jumpRelu,
          (backend, p, q) -> backend.window(p, q, 1)
        }) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> combination.of(backend(), x, y))
          .withMessageContaining(a.rows() + "×" + a.columns())
          .withMessageContaining(b.rows() + "×" + b.columns());
    }
  }

  private static boolean fits(int a, int b) {
    return a == b || a == 1 || b == 1;
  }

  @Property
  default void scale_agrees(
      @ForAll("any") Operand operand, @ForAll @DoubleRange(min = -1e3, max = 1e3) double factor) {
    agrees(b -> b.scale(operand.on(b), factor));
  }

  @Property
  default void scale_by_zero_and_by_minus_one_agrees(@ForAll("any") Operand operand) {
    agrees(b -> b.scale(operand.on(b), 0));
    agrees(b -> b.scale(operand.on(b), -1));
  }

  @Property
  default void power_of_natural_exponents_agrees(
      @ForAll("any") Operand operand, @ForAll @IntRange(min = 0, max = 4) int exponent) {
    agrees(b -> b.power(operand.on(b), exponent));
  }

  @Property
  default void power_of_positive_numbers_agrees(
      @ForAll("positive") Operand operand, @ForAll @IntRange(min = -12, max = 12) int quarters) {
    agrees(b -> b.power(operand.on(b), quarters / 4.0));
  }

  @Property
  default void exp_agrees(@ForAll("any") Operand operand) {
    agrees(b -> b.exp(operand.on(b)));
  }

  @Property
  default void log_of_exp_and_of_positive_numbers_agrees(@ForAll("positive") Operand operand) {
    agrees(b -> b.log(operand.on(b)));
    agrees(b -> b.log(b.exp(operand.on(b))));
  }

  @Property
  default void tanh_agrees(@ForAll("any") Operand operand) {
    agrees(b -> b.tanh(operand.on(b)));
  }

  @Property
  default void abs_and_sign_agree(@ForAll("any") Operand operand) {
    agrees(b -> b.abs(operand.on(b)));
    agrees(b -> b.sign(operand.on(b)));
  }

  @Property
  default void functions_follow_ieee_on_nan_infinities_and_zeros(
      @ForAll("special") Operand operand) {
    agrees(b -> b.exp(operand.on(b)));
    agrees(b -> b.log(operand.on(b)));
    agrees(b -> b.tanh(operand.on(b)));
    agrees(b -> b.abs(operand.on(b)));
    agrees(b -> b.sign(operand.on(b)));
    agrees(b -> b.scale(operand.on(b), -0.5));
    agrees(b -> b.power(operand.on(b), 2));
    agrees(b -> b.power(operand.on(b), 0));
    agrees(b -> b.power(operand.on(b), 0.5));
    agrees(b -> b.power(operand.on(b), -1));
  }

  @Property
  default void broadcast_repeats_rows_columns_and_scalars(
      @ForAll("any") Operand operand,
      @ForAll @IntRange(min = 0, max = 33) int rows,
      @ForAll @IntRange(min = 0, max = 33) int columns) {
    agrees(b -> b.broadcast(b.columnSums(operand.on(b)), rows, operand.columns()));
    agrees(b -> b.broadcast(b.rowSums(operand.on(b)), operand.rows(), columns));
    agrees(b -> b.broadcast(b.sum(operand.on(b)), rows, columns));
    agrees(b -> b.broadcast(operand.on(b), operand.rows(), operand.columns()));
  }

  @Property
  default void broadcast_to_another_size_is_refused_with_both_named(
      @ForAll("any") Operand operand) {
    Assume.that(operand.rows() != 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> backend().broadcast(operand.on(backend()), operand.rows() + 1, operand.columns()))
        .withMessageContaining(operand.rows() + "×" + operand.columns())
        .withMessageContaining((operand.rows() + 1) + "×" + operand.columns());
  }
}
