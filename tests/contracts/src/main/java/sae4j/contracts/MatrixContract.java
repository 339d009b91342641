// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.function.Function;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import sae4j.contracts.Operand.Form;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;

/// Products, sums and slices.
interface MatrixContract extends Contract {

  /// Factors whose inner sizes are equal.
  @Provide
  default Arbitrary<Pair> factors() {
    return factors(Numbers.MIXED, Numbers.TIES, Numbers.MODERATE);
  }

  /// Factors with NaN and infinities, without codes: what is not stored is not multiplied.
  @Provide
  default Arbitrary<Pair> specialFactors() {
    return Combinators.combine(SIZES, SIZES, SIZES)
        .flatAs(
            (n, k, m) ->
                Combinators.combine(
                        Contract.operand(n, k, Form.MOVED, Numbers.SPECIAL),
                        Contract.operand(k, m, Form.MOVED, Numbers.SPECIAL))
                    .as(Pair::new));
  }

  private static Arbitrary<Pair> factors(Numbers... numbers) {
    return Combinators.combine(SIZES, SIZES, SIZES)
        .flatAs(
            (n, k, m) ->
                Combinators.combine(
                        Contract.operand(n, k, Contract.allForms(), numbers),
                        Contract.operand(k, m, Contract.allForms(), numbers))
                    .as(Pair::new));
  }

  @Property
  default void matmul_agrees(@ForAll("factors") Pair pair) {
    agrees(b -> b.matmul(pair.a().on(b), pair.b().on(b)));
  }

  @Property
  default void matmul_with_its_own_transpose_agrees(@ForAll("any") Operand operand) {
    agrees(
        b -> {
          Storage a = operand.on(b);
          return b.matmul(b.transpose(a), a);
        });
  }

  @Property
  default void matmul_follows_ieee_on_nan_and_infinities(@ForAll("specialFactors") Pair pair) {
    agrees(b -> b.matmul(pair.a().on(b), pair.b().on(b)));
  }

  @Property
  default void matmul_of_unequal_inner_sizes_is_refused_with_both_shapes(
      @ForAll("any") Operand a, @ForAll("any") Operand b) {
    Assume.that(a.columns() != b.rows());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend().matmul(a.on(backend()), b.on(backend())))
        .withMessageContaining(a.rows() + "×" + a.columns())
        .withMessageContaining(b.rows() + "×" + b.columns());
  }

  @Property
  default void transpose_agrees_and_undoes_itself(@ForAll("any") Operand operand) {
    agrees(b -> b.transpose(operand.on(b)));
    agrees(b -> b.transpose(b.transpose(operand.on(b))));
  }

  @Property
  default void sums_agree(@ForAll("any") Operand operand) {
    agrees(b -> b.rowSums(operand.on(b)));
    agrees(b -> b.columnSums(operand.on(b)));
    agrees(b -> b.sum(operand.on(b)));
  }

  @Property
  default void sums_follow_ieee_on_nan_and_infinities(@ForAll("special") Operand operand) {
    agrees(b -> b.rowSums(operand.on(b)));
    agrees(b -> b.columnSums(operand.on(b)));
    agrees(b -> b.sum(operand.on(b)));
  }

  @Property
  default void sums_of_a_transpose_agree(@ForAll("any") Operand operand) {
    agrees(b -> b.rowSums(b.transpose(operand.on(b))));
    agrees(b -> b.columnSums(b.transpose(operand.on(b))));
  }

  @Property
  default void slices_agree(
      @ForAll("any") Operand operand,
      @ForAll @IntRange(min = 0, max = 37) int from,
      @ForAll @IntRange(min = 0, max = 37) int count) {
    int firstRow = Math.min(from, operand.rows());
    int rowCount = Math.min(count, operand.rows() - firstRow);
    int firstColumn = Math.min(from, operand.columns());
    int columnCount = Math.min(count, operand.columns() - firstColumn);
    agrees(b -> b.rows(operand.on(b), firstRow, rowCount));
    agrees(b -> b.columns(operand.on(b), firstColumn, columnCount));
  }

  @Property
  default void slices_beyond_the_matrix_are_refused_with_its_shape(@ForAll("any") Operand operand) {
    Storage a = operand.on(backend());
    String shape = operand.rows() + "×" + operand.columns();
    refuses(shape, b -> b.rows(a, 0, operand.rows() + 1));
    refuses(shape, b -> b.rows(a, operand.rows(), 1));
    refuses(shape, b -> b.rows(a, -1, 1));
    refuses(shape, b -> b.rows(a, 0, -1));
    refuses(shape, b -> b.rows(a, Integer.MAX_VALUE, 1));
    refuses(shape, b -> b.columns(a, 0, operand.columns() + 1));
    refuses(shape, b -> b.columns(a, operand.columns(), 1));
    refuses(shape, b -> b.columns(a, -1, 1));
    refuses(shape, b -> b.columns(a, 0, -1));
    refuses(shape, b -> b.columns(a, Integer.MAX_VALUE, 1));
    refuses(shape, b -> b.amongZeros(a, 1, 0, operand.rows(), operand.columns()));
    refuses(shape, b -> b.amongZeros(a, 0, 1, operand.rows(), operand.columns()));
    refuses(shape, b -> b.amongZeros(a, -1, 0, operand.rows() + 1, operand.columns()));
    refuses(shape, b -> b.amongZeros(a, 0, -1, operand.rows(), operand.columns() + 1));
  }

  private void refuses(String shape, Function<Backend, Storage> program) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> program.apply(backend()))
        .withMessageContaining(shape);
  }

  @Property
  default void among_zeros_agrees(
      @ForAll("any") Operand operand,
      @ForAll @IntRange(min = 0, max = 3) int above,
      @ForAll @IntRange(min = 0, max = 3) int below,
      @ForAll @IntRange(min = 0, max = 3) int left,
      @ForAll @IntRange(min = 0, max = 3) int right) {
    agrees(
        b ->
            b.amongZeros(
                operand.on(b),
                above,
                left,
                above + operand.rows() + below,
                left + operand.columns() + right));
  }

  @Property
  default void among_zeros_undoes_a_slice(
      @ForAll("any") Operand operand, @ForAll @IntRange(min = 0, max = 36) int from) {
    int row = Math.min(from, operand.rows());
    agrees(
        b -> {
          Storage a = operand.on(b);
          Storage upper = b.amongZeros(b.rows(a, 0, row), 0, 0, operand.rows(), operand.columns());
          Storage lower =
              b.amongZeros(
                  b.rows(a, row, operand.rows() - row), row, 0, operand.rows(), operand.columns());
          return b.subtract(b.add(upper, lower), a);
        });
  }
}
