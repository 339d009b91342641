// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.contracts.NaiveBackend.Precision;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// A whole training step can be recorded, compiled once and replayed.
class RecordingBackendTest {
  private static final int ACTIVATION_DIM = 6;
  private static final int DICT_SIZE = 17;
  private static final int BATCH = 8;

  /// Parameters, moments and losses after some steps, all in one list.
  private static List<double[]> trained(Backend backend, int steps, int lastBatch) {
    var autoencoder = new SparseAutoEncoder(ACTIVATION_DIM, DICT_SIZE, backend, 11);
    Adam adam = new Adam(autoencoder.parameters(), 0);
    List<double[]> numbers = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      int batch = step == steps ? lastBatch : BATCH;
      int now = step;
      float[] modelActivations = Numbers.MODERATE.draw(step, batch * ACTIVATION_DIM);
      numbers.add(
          backend.step(
              () -> {
                adam.learningRate(0.01 / now);
                adam.zeroGradients();
                Tensor modelActivationsBD =
                    Tensor.of(backend, batch, ACTIVATION_DIM, modelActivations);
                Tensor loss = Loss.calculateLoss(autoencoder, modelActivationsBD, 0.001 * now);
                loss.backward();
                adam.step();
                return List.of(loss);
              }));
    }
    for (Tensor parameter : autoencoder.parameters()) {
      numbers.add(parameter.toDoubles());
      numbers.add(adam.moments(parameter).first().toDoubles());
      numbers.add(adam.moments(parameter).second().toDoubles());
    }
    return numbers;
  }

  private static void replaysBitByBit(Backend delegate) {
    var recording = new RecordingBackend(delegate);
    List<double[]> replayed = trained(recording.backend(), 20, BATCH);
    assertThat(replayed).usingRecursiveComparison().isEqualTo(trained(delegate, 20, BATCH));
    assertThat(replayed.getFirst()[0]).isGreaterThan(replayed.get(19)[0]);
    assertThat(recording.compilations()).isEqualTo(1);
  }

  @Test
  void twenty_recorded_steps_give_the_parameters_of_the_delegate_bit_by_bit_with_one_compilation() {
    replaysBitByBit(new EjmlBackend());
    replaysBitByBit(new NaiveBackend(Precision.SINGLE, true));
  }

  @Test
  void a_changed_batch_size_compiles_a_second_structure() {
    var recording = new RecordingBackend(new EjmlBackend());
    List<double[]> replayed = trained(recording.backend(), 5, BATCH - 3);
    assertThat(replayed)
        .usingRecursiveComparison()
        .isEqualTo(trained(new EjmlBackend(), 5, BATCH - 3));
    assertThat(recording.compilations()).isEqualTo(2);
  }

  @Test
  void nothing_runs_while_a_step_is_recorded() {
    Backend backend = new RecordingBackend(new EjmlBackend()).backend();
    Tensor parameter = Tensor.parameter(backend, 1, 1, (row, column) -> 1);
    Tensor seen = Tensor.of(backend, 1, 1, 0);
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                backend.step(
                    () -> {
                      backend.assign(parameter.storage(), seen.storage());
                      throw new IllegalStateException("the work gave up");
                    }))
        .withMessage("the work gave up");
    assertThat(parameter.item()).isEqualTo(1);
  }

  @Test
  void reading_inside_a_step_is_refused_with_the_remedy() {
    Backend backend = new RecordingBackend(new EjmlBackend()).backend();
    Tensor parameter = Tensor.parameter(backend, 1, 1, (row, column) -> 1);
    assertThatIllegalStateException()
        .isThrownBy(
            () -> backend.step(() -> List.of(Tensor.of(backend, 1, 1, parameter.exp().item()))))
        .withMessageContaining("toDoubles")
        .withMessageContaining("return a 1×1 tensor from the step");
    assertThatIllegalStateException()
        .isThrownBy(() -> backend.step(() -> List.of(Tensor.of(backend, 1, 1, parameter.item()))))
        .withMessageContaining("inside a step");
  }

  @Test
  void a_result_is_refused_after_its_step() {
    Backend backend = new RecordingBackend(new EjmlBackend()).backend();
    Tensor parameter = Tensor.parameter(backend, 1, 1, (row, column) -> 1);
    List<Storage> kept = new ArrayList<>();
    backend.step(
        () -> {
          kept.add(parameter.exp().storage());
          return List.of();
        });
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.exp(kept.getFirst()))
        .withMessageContaining("after the step");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                backend.step(() -> List.of(Tensor.constant(backend, backend.exp(kept.getFirst())))))
        .withMessageContaining("after the step");
  }
}
