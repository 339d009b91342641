// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.Backends;
import sae4j.tensor.Einops;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// The values of [Tensor]'s operations by hand. A gradient can agree with the differences of a
/// wrong value, and the other comparisons run the same [Tensor] on both sides.
class TensorTest {
  private final Backend ejml = new EjmlBackend();
  private final Tensor a = Tensor.of(ejml, 2, 2, 1, -2, 3, 4);
  private final Tensor row = Tensor.of(ejml, 1, 2, 2, 4);

  private static void is(Tensor tensor, double... expected) {
    assertThat(tensor.toDoubles()).containsExactly(expected);
  }

  @Test
  void too_few_numbers_are_refused_with_how_many_are_needed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(ejml, 2, 3, new float[5]))
        .withMessage("a matrix of 2×3 needs 6 numbers, but 5 are given");
    assertThatIllegalArgumentException().isThrownBy(() -> Tensor.of(ejml, 1, 2, 7));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(ejml, 1 << 16, 1 << 16, new float[5]))
        .withMessageContaining("needs 4294967296 numbers");
    assertThatIllegalArgumentException().isThrownBy(() -> Tensor.of(ejml, -1, 2, new float[5]));
  }

  @Test
  void a_closed_backend_says_so() {
    for (BackendProvider provider : Backends.providers()) {
      if (!(provider.availability() instanceof BackendProvider.Availability.Available)) {
        continue;
      }
      Backend backend = provider.open(1);
      Tensor made = Tensor.of(backend, 2, 2, 1, 2, 3, 4);
      assertThat(made.sum().item()).isEqualTo(10);
      backend.close();
      assertThatIllegalStateException()
          .as(provider.name())
          .isThrownBy(() -> Tensor.of(backend, 2, 2, 1, 2, 3, 4))
          .withMessageContaining("is closed; open a new one");
      assertThatIllegalStateException()
          .as(provider.name())
          .isThrownBy(() -> Tensor.parameter(backend, 1, 1, Elements.constant(0)));
    }
  }

  @Test
  void products_and_elementwise_operations_have_their_values() {
    is(a.matmul(row.transpose()), -6, 22);
    is(a.transpose(), 1, 3, -2, 4);
    is(a.plus(row), 3, 2, 5, 8);
    is(a.minus(row), -1, -6, 1, 0);
    is(row.minus(a), 1, 6, -1, 0);
    is(a.times(row), 2, -8, 6, 16);
    is(a.dividedBy(row), 0.5, -0.5, 1.5, 1);
    is(row.dividedBy(a), 2, -2, 2.0 / 3, 1);
    is(a.times(-3), -3, 6, -9, -12);
    is(a.pow(3), 1, -8, 27, 64);
    is(row.pow(0.5), Math.sqrt(2), 2);
    is(row.exp(), Math.exp(2), Math.exp(4));
    is(row.log(), Math.log(2), Math.log(4));
    is(a.tanh(), Math.tanh(1), Math.tanh(-2), Math.tanh(3), Math.tanh(4));
    is(a.abs(), 1, 2, 3, 4);
  }

  @Test
  void sums_means_and_slices_have_their_values() {
    is(a.rowSums(), -1, 7);
    is(a.columnSums(), 4, 2);
    is(a.sum(), 6);
    is(a.mean(), 1.5);
    is(Einops.reduce(a, "B D -> B", "sum"), -1, 7);
    is(Einops.reduce(a, "B D -> D", "sum"), 4, 2);
    is(Einops.reduce(a, "B D ->", "sum"), 6);
    is(Einops.reduce(a, "B D -> B", "mean"), -0.5, 3.5);
    is(Einops.reduce(a, "B D -> D", "mean"), 2, 1);
    is(Einops.reduce(a, "B D ->", "mean"), 1.5);
    is(a.rows(1, 1), 3, 4);
    is(a.row(0), 1, -2);
    is(a.columns(1, 1), -2, 4);
    assertThat(Tensor.of(ejml, 0, 3).sum().item()).isZero();
    assertThat(Tensor.of(ejml, 0, 3).mean().item()).isNaN();
  }

  @Test
  void codes_have_their_values() {
    is(a.relu(), 1, 0, 3, 4);
    is(a.topK(1), 1, 0, 0, 4);
    is(a.batchTopK(1), 0, 0, 3, 4);
    is(a.jumpRelu(row, 1), 0, 0, 3, 0);
    is(a.heaviside(row, 1), 0, 0, 1, 0);
    assertThat(a.relu().toSparseRows().column()).containsExactly(0, 0, 1);
    assertThat(a.relu().toSparseRows().value()).containsExactly(1, 3, 4);
    assertThat(a.relu().toSparseRows().meanPerRow()).isEqualTo(1.5);
  }

  @Test
  void operations_without_a_gradient_have_their_values_and_no_history() {
    is(a.sign(), 1, -1, 1, 1);
    is(a.relu().sign(), 1, 0, 1, 1);
    is(a.smallestActive(), 1);
    is(a.times(-1).smallestActive(), 2);
    is(Tensor.of(ejml, 1, 2, -1, 0).smallestActive(), 0);

    Tensor parameter = Tensor.parameter(ejml, 2, 2, Elements.of(new float[] {1, -2, 3, 4}, 2));
    parameter.times(parameter.sign()).plus(parameter.smallestActive()).sum().backward();
    is(Objects.requireNonNull(parameter.gradient()), 1, -1, 1, 1);
  }

  @Test
  void assigned_numbers_replace_those_of_a_parameter() {
    Tensor parameter = Tensor.parameter(ejml, 2, 2, Elements.constant(7));
    parameter.assign(a);
    is(parameter, 1, -2, 3, 4);
    parameter.assign(parameter.relu());
    is(parameter, 1, 0, 3, 4);
    is(a, 1, -2, 3, 4);
  }

  @Test
  void rows_are_read_in_single_precision() {
    Tensor thirds = a.times(1.0 / 3);
    assertThat(thirds.toFloats())
        .containsExactly((float) (1.0 / 3), (float) (-2.0 / 3), 1, (float) (4.0 / 3));
    float[] target = {9, 9, 9};
    thirds.readRows(1, 1, target);
    assertThat(target).containsExactly(1, (float) (4.0 / 3), 9);
  }

  @Test
  void scalars_are_asked_of_scalars_alone() {
    assertThatIllegalStateException().isThrownBy(a::item).withMessageContaining("2×2");
    assertThatIllegalStateException().isThrownBy(a::backward).withMessageContaining("2×2");
  }

  @Test
  void an_unknown_pattern_or_reduction_is_refused_by_name() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Einops.reduce(a, "B D -> F", "sum"))
        .withMessageContaining("B D -> F");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Einops.reduce(a, "B D -> B", "max"))
        .withMessageContaining("max");
  }
}
