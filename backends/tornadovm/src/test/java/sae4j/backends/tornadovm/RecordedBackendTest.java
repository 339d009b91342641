// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sae4j.backends.tornadovm.engine.HostEngine;
import sae4j.backends.tornadovm.programs.MemoryPlan;
import sae4j.tensor.Adam;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// Steps on the JVM as a device whose memory is its own.
class RecordedBackendTest {
  private static final int FEATURES = 512;

  private final RecordedBackend backend = new RecordedBackend(new HostEngine());

  @AfterEach
  void close() {
    backend.close();
  }

  private static double[] activations(int active) {
    double[] rowB = new double[FEATURES];
    Arrays.fill(rowB, -1);
    for (int i = 0; i < active; i++) {
      rowB[(i * 37) % FEATURES] = 1 + i;
    }
    return rowB;
  }

  /// One step that adds the sum of the codes to a parameter.
  private double count(Tensor total, int active) {
    return backend
        .step(
            () -> {
              Tensor codes = Tensor.of(backend, 1, FEATURES, activations(active)).relu();
              Tensor sum = codes.sum();
              backend.assign(total.storage(), total.plus(sum).storage());
              return List.of(sum);
            })[0];
  }

  @Test
  void codes_that_overflow_are_counted_and_lose_nothing_and_the_step_is_taken_once() {
    Tensor total = Tensor.parameter(backend, 1, 1, Elements.constant(0));
    double expected = 0;
    for (int active : new int[] {5, 6, 40, 500, 3, 3, 60}) {
      double sum = active * (active + 1) / 2.0;
      assertThat(count(total, active)).isEqualTo(sum);
      expected += sum;
      assertThat(total.item()).isEqualTo(expected);
    }
    assertThat(backend.overflows()).isGreaterThanOrEqualTo(2);
  }

  /// Adds to a parameter what BatchTopK keeps of two rows, k = 20 each on average, where the second
  /// row has so many of the 60 positive elements.
  private double[] keepBatch(Tensor total, int ofSecondRow) {
    double[] rowsBF = new double[2 * FEATURES];
    Arrays.fill(rowsBF, -1);
    for (int i = 0; i < 60; i++) {
      rowsBF[i * 7 % FEATURES + (i < ofSecondRow ? FEATURES : 0)] = 100 - i;
    }
    return backend.step(
        () -> {
          Tensor codes = Tensor.of(backend, 2, FEATURES, rowsBF).batchTopK(20);
          Tensor sum = codes.sum();
          backend.assign(total.storage(), total.plus(sum).storage());
          return List.of(sum, Tensor.constant(backend, backend.smallestActive(codes.storage())));
        });
  }

  @Test
  void a_row_that_takes_most_of_a_batch_top_k_overflows_and_loses_nothing() {
    Tensor total = Tensor.parameter(backend, 1, 1, Elements.constant(0));
    double kept = 40 * (100 + 61) / 2.0;
    int steps = 0;
    for (int ofSecondRow : new int[] {20, 20, 40, 40, 60, 0, 20}) {
      assertThat(keepBatch(total, ofSecondRow)).containsExactly(kept, 61);
      assertThat(total.item()).isEqualTo(++steps * kept);
    }
    assertThat(backend.overflows()).isPositive();
  }

  @Test
  void one_compilation_serves_every_batch_size_up_to_a_slot_and_every_number() {
    Tensor weight = Tensor.parameter(backend, 3, 5, (row, column) -> row - column);
    Adam adam = new Adam(List.of(weight), 0.1);
    long compiled = 0;
    for (int batch = 2; batch < 9; batch++) {
      int rows = batch;
      adam.learningRate(0.1 / batch);
      backend.step(
          () -> {
            adam.zeroGradients();
            Tensor loss =
                Tensor.of(backend, rows, 3, new double[3 * rows]).matmul(weight).pow(2).sum();
            loss.times(rows).backward();
            adam.step();
            return List.of(loss);
          });
      if (batch == 2) {
        compiled = backend.compilations();
      }
    }
    assertThat(backend.compilations()).isEqualTo(compiled);
  }

  @Test
  void a_parameter_read_between_steps_is_downloaded_once_and_not_uploaded_again() {
    Tensor total = Tensor.parameter(backend, 1, 1, Elements.constant(0));
    count(total, 5);
    count(total, 5);
    var before = backend.transfers();
    total.item();
    total.item();
    count(total, 5);
    var moved = backend.transfers().since(before);
    assertThat(moved.downloads()).isEqualTo(1);
    assertThat(moved.uploads()).isZero();
    assertThat(total.item()).isEqualTo(45);
  }

  @Test
  void two_programs_share_a_parameter_in_turn() {
    Tensor total = Tensor.parameter(backend, 1, 1, Elements.constant(0));
    for (int round = 1; round <= 3; round++) {
      count(total, 5);
      double[] doubled = backend.step(() -> List.of(total.times(2)));
      assertThat(doubled).containsExactly(30 * round);
    }
  }

  /// Larger than what each program keeps a copy of.
  private Tensor largeParameter() {
    Tensor large = Tensor.parameter(backend, 513, FEATURES, Elements.constant(0.5));
    assertThat(large.rows() * large.columns()).isGreaterThan(MemoryPlan.LARGE);
    return large;
  }

  @Test
  void a_large_parameter_is_uploaded_once_for_steps_and_for_what_is_computed_between_them() {
    Tensor large = largeParameter();
    double[] ones = new double[513];
    Arrays.fill(ones, 1);
    for (int round = 1; round <= 4; round++) {
      backend.step(
          () -> {
            backend.assign(large.storage(), large.times(2).storage());
            return List.of();
          });
      Tensor product =
          backend
              .compute(() -> List.of(Tensor.of(backend, 1, 513, ones).matmul(large).detach()))
              .getFirst();
      assertThat(product.toDoubles()).containsOnly(513 * 0.5 * (1 << round));
    }
    assertThat(backend.transfers().uploads()).isEqualTo(1);
    assertThat(backend.transfers().downloads()).isZero();
  }

  @Test
  void between_what_is_uploaded_and_what_is_read_nothing_moves() {
    Tensor large = largeParameter();
    for (int batch = 0; batch < 3; batch++) {
      var before = backend.transfers();
      Tensor sum =
          backend
              .compute(
                  () -> {
                    Tensor activations = Tensor.of(backend, 4, 513, new double[4 * 513]);
                    return List.of(activations.exp().matmul(large).relu().sum().detach());
                  })
              .getFirst();
      assertThat(sum.item()).isEqualTo(4 * 513 * FEATURES * 0.5);
      var moved = backend.transfers().since(before);
      assertThat(moved.bytesIn()).isLessThan(4 * 4 * 4 * 513);
      assertThat(moved.bytesOut()).isLessThan(4 * 4 * 4 * 513);
      assertThat(moved.uploads()).isEqualTo(batch == 0 ? 1 : 0);
    }
  }

  @Test
  void reading_inside_a_step_and_results_after_it_are_refused_with_the_reason() {
    Tensor parameter = Tensor.parameter(backend, 2, 2, Elements.constant(1));
    Tensor[] escaped = new Tensor[1];
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                backend.step(
                    () -> {
                      escaped[0] = parameter.times(2);
                      escaped[0].toDoubles();
                      return List.of();
                    }))
        .withMessageContaining("nothing has run yet inside a step");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> escaped[0].plus(parameter))
        .withMessageContaining("after the step that made it had ended");
    assertThatIllegalStateException()
        .isThrownBy(() -> backend.step(() -> List.of(step(parameter))))
        .withMessageContaining("a step cannot hold another");
  }

  private Tensor step(Tensor parameter) {
    backend.step(List::of);
    return parameter;
  }

  @Test
  void a_view_of_a_parameter_that_has_changed_is_refused() {
    Tensor parameter = Tensor.parameter(backend, 2, 3, Elements.constant(1));
    Tensor view = parameter.transpose();
    backend.normaliseRows(parameter.storage());
    assertThatIllegalStateException()
        .isThrownBy(view::toDoubles)
        .withMessageContaining("read after the parameter was changed");
  }

  @Test
  void only_a_parameter_is_changed_in_place_and_a_matrix_beyond_an_array_is_refused() {
    Tensor result = Tensor.of(backend, 1, 2, 1, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.normaliseRows(result.storage()))
        .withMessageContaining("only a parameter can be changed in place")
        .withMessageContaining("1×2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.parameter(1 << 16, 1 << 16, Elements.constant(0)))
        .withMessageContaining("4,294,967,296 elements");
  }
}
