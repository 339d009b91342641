// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import sae4j.contracts.Operand.Form;
import sae4j.tensor.Elements;
import sae4j.tensor.Storage;

/// Numbers in and out.
interface TransferContract extends Contract {

  @Example
  default void the_unit_roundoff_is_that_of_single_or_double_precision() {
    assertThat(backend().unitRoundoff()).isIn(0x1.0p-24, 0x1.0p-53);
    assertThat(backend().name()).isNotBlank();
    assertThat(backend().description()).isNotBlank();
  }

  @Property
  default void every_kind_of_operand_agrees(@ForAll("any") Operand operand) {
    agrees(operand::on);
  }

  @Property
  default void single_precision_numbers_come_back_bit_by_bit(@ForAll("special") Operand operand) {
    float[] numbers = operand.numbers().draw(operand.seed(), operand.rows() * operand.columns());
    float[] back = new float[numbers.length];
    backend()
        .readRows(
            backend().upload(operand.rows(), operand.columns(), numbers), 0, operand.rows(), back);
    assertThat(back).containsExactly(numbers);
  }

  @Property
  default void double_precision_numbers_are_rounded_to_nearest(@ForAll double number) {
    double back = backend().toDoubles(backend().upload(1, 1, new double[] {number}))[0];
    assertThat(back).isEqualTo(backend().unitRoundoff() == 0x1.0p-53 ? number : (float) number);
  }

  @Property
  default void some_rows_are_read_in_both_precisions(
      @ForAll("any") Operand operand,
      @ForAll @IntRange(min = 0, max = 37) int from,
      @ForAll @IntRange(min = 0, max = 37) int count) {
    int first = Math.min(from, operand.rows());
    int rowCount = Math.min(count, operand.rows() - first);
    int columns = operand.columns();
    Storage a = operand.on(backend());
    double[] all = backend().toDoubles(a);
    double[] doubles = new double[rowCount * columns + 1];
    float[] floats = new float[rowCount * columns + 1];
    doubles[rowCount * columns] = -7;
    floats[rowCount * columns] = -7;
    backend().readRows(a, first, rowCount, doubles);
    backend().readRows(a, first, rowCount, floats);
    for (int i = 0; i < rowCount * columns; i++) {
      assertThat(doubles[i]).isEqualTo(all[first * columns + i]);
      assertThat(floats[i]).isEqualTo((float) all[first * columns + i]);
    }
    assertThat(doubles[rowCount * columns]).as("beyond the rows").isEqualTo(-7);
    assertThat(floats[rowCount * columns]).as("beyond the rows").isEqualTo(-7);
  }

  @Example
  default void uploaded_arrays_are_copied_and_may_be_longer_than_needed() {
    float[] floats = {1, 2, 3, 4, 5};
    double[] doubles = {1, 2, 3, 4, 5};
    Storage a = backend().upload(2, 2, floats);
    Storage b = backend().upload(2, 2, doubles);
    floats[0] = 9;
    doubles[0] = 9;
    assertThat(backend().toDoubles(a)).containsExactly(1, 2, 3, 4);
    assertThat(backend().toDoubles(b)).containsExactly(1, 2, 3, 4);
  }

  @Property
  default void zeros_like_a_parameter_are_its_own_zeros(@ForAll("any") Operand operand) {
    Operand like =
        new Operand(operand.rows(), operand.columns(), Form.PARAMETER, operand.numbers(), 3);
    Storage parameter = like.on(backend());
    Storage zeros = backend().zerosLike(parameter);
    assertThat(zeros.rows()).isEqualTo(parameter.rows());
    assertThat(zeros.columns()).isEqualTo(parameter.columns());
    assertThat(backend().toDoubles(zeros))
        .containsExactly(new double[zeros.rows() * zeros.columns()]);
    backend().assign(zeros, parameter);
    backend().assign(parameter, backend().zerosLike(parameter));
    assertThat(backend().toDoubles(zeros)).containsExactly(backend().toDoubles(like.on(backend())));
  }

  @Example
  default void a_parameter_is_filled_by_position() {
    Storage parameter = backend().parameter(2, 3, (row, column) -> 10 * row + column);
    assertThat(backend().toDoubles(parameter)).containsExactly(0, 1, 2, 10, 11, 12);
    Storage transposed =
        backend().parameter(3, 2, ((Elements) (row, column) -> 10 * row + column).transposed());
    assertThat(backend().toDoubles(transposed)).containsExactly(0, 10, 1, 11, 2, 12);
  }

  @Property
  default void operations_leave_their_operands_alone(@ForAll("any") Operand operand) {
    Storage a = operand.on(backend());
    double[] before = backend().toDoubles(a);
    backend().toDoubles(backend().add(backend().relu(a), backend().scale(a, 3)));
    backend().toDoubles(backend().matmul(backend().transpose(a), a));
    assertThat(backend().toDoubles(a)).containsExactly(before);
  }

  @Property
  default void the_same_program_gives_the_same_bits(@ForAll("any") Operand operand) {
    Storage once =
        backend().matmul(backend().transpose(operand.on(backend())), operand.on(backend()));
    Storage again =
        backend().matmul(backend().transpose(operand.on(backend())), operand.on(backend()));
    assertThat(backend().toDoubles(again)).containsExactly(backend().toDoubles(once));
  }
}
