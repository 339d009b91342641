// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import sae4j.contracts.Operand.Form;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;

/// What the parts of [BackendContract] share: operands of every kind, and the one way of comparing.
interface Contract {
  /// 0, 1, lanes ± 1, primes. All of them are edge cases, so none is preferred.
  Arbitrary<Integer> SIZES =
      Arbitraries.of(0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 37).withoutEdgeCases();

  /// The backend under test.
  Backend backend();

  /// Two operands of one operation.
  record Pair(Operand a, Operand b) {}

  /// Runs a program on the backend and on the reference and compares every element within the
  /// bound.
  default void agrees(Function<Backend, Storage> program) {
    Backend backend = backend();
    BoundedMatrix expected =
        BoundedReference.numbers(program.apply(new BoundedReference(backend.unitRoundoff())));
    Storage actual = program.apply(backend);
    assertThat(List.of(actual.rows(), actual.columns()))
        .as("shape")
        .isEqualTo(List.of(expected.rows(), expected.columns()));
    agrees(expected, backend.toDoubles(actual));
  }

  /// Compares numbers that were read already.
  static void agrees(BoundedMatrix expected, double[] actual) {
    assertThat(actual).hasSize(expected.rowMajor().length);
    for (int i = 0; i < actual.length; i++) {
      Bounded number = expected.rowMajor()[i];
      if (!number.admits(actual[i])) {
        throw new AssertionError(
            "element (%d, %d) of %d×%d is %s but must lie within %s of %s"
                .formatted(
                    i / expected.columns(),
                    i % expected.columns(),
                    expected.rows(),
                    expected.columns(),
                    actual[i],
                    number.error(),
                    number.value()));
      }
    }
  }

  static Arbitrary<Operand> operand(int rows, int columns, Set<Form> forms, Numbers... numbers) {
    return Combinators.combine(Arbitraries.of(forms), Arbitraries.of(numbers), Arbitraries.longs())
        .as((form, kind, seed) -> new Operand(rows, columns, form, kind, seed))
        .withoutEdgeCases();
  }

  static Arbitrary<Operand> operands(Set<Form> forms, Numbers... numbers) {
    return Combinators.combine(SIZES, SIZES)
        .flatAs((rows, columns) -> operand(rows, columns, forms, numbers));
  }

  /// Pairs whose sizes are equal or 1, in all combinations.
  static Arbitrary<Pair> broadcastable(Set<Form> formsA, Set<Form> formsB, Numbers... numbers) {
    Arbitrary<Boolean> stretched = Arbitraries.frequency(Tuple.of(1, true), Tuple.of(3, false));
    return Combinators.combine(SIZES, SIZES, stretched.list().ofSize(4).withoutEdgeCases())
        .flatAs(
            (rows, columns, stretch) ->
                Combinators.combine(
                        operand(
                            stretch.get(0) ? 1 : rows,
                            stretch.get(1) ? 1 : columns,
                            formsA,
                            numbers),
                        operand(
                            stretch.get(2) ? 1 : rows,
                            stretch.get(3) ? 1 : columns,
                            formsB,
                            numbers))
                    .as(Pair::new));
  }

  static Set<Form> allForms() {
    return Set.of(Form.values());
  }

  @Provide
  default Arbitrary<Operand> any() {
    return operands(allForms(), Numbers.MIXED, Numbers.TIES, Numbers.MODERATE);
  }

  @Provide
  default Arbitrary<Operand> positive() {
    return operands(Form.WITHOUT_CODES, Numbers.POSITIVE);
  }

  @Provide
  default Arbitrary<Operand> special() {
    return operands(Form.MOVED, Numbers.SPECIAL);
  }

  @Provide
  default Arbitrary<Pair> broadcastablePairs() {
    return broadcastable(allForms(), allForms(), Numbers.MIXED, Numbers.TIES, Numbers.MODERATE);
  }

  @Provide
  default Arbitrary<Pair> dividablePairs() {
    return broadcastable(allForms(), Form.WITHOUT_CODES, Numbers.POSITIVE, Numbers.MODERATE);
  }

  @Provide
  default Arbitrary<Pair> specialPairs() {
    return broadcastable(Form.MOVED, Form.MOVED, Numbers.SPECIAL);
  }
}
