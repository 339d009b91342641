// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.agreement.TrainingAgreementTest.Run;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.backends.tornadovm.RecordedBackend;
import sae4j.backends.tornadovm.engine.HostEngine;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;

/// Whole training runs as graphs of kernels, with the JVM as the device: needs no TornadoVM.
class TornadoTrainingTest {
  private final TrainingAgreementTest agreement = new TrainingAgreementTest();

  static List<TrainingOptions> runs() {
    return List.of(
        TrainingAgreementTest.relu(0.3),
        TrainingAgreementTest.topK(),
        TrainingAgreementTest.batchTopK());
  }

  static List<TrainingOptions> architectures() {
    return TrainingAgreementTest.architectures();
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void a_run_of_graphs_agrees_with_ejml_step_by_step(TrainingOptions options) {
    try (RecordedBackend graphs = new RecordedBackend(new HostEngine())) {
      agrees(options, graphs);
    }
  }

  /// The codes are dense at first; the penalty makes them sparse, and now and then they overflow.
  @Test
  void a_run_whose_codes_turn_sparse_and_overflow_agrees_with_ejml() {
    try (RecordedBackend graphs = new RecordedBackend(new HostEngine(), 1)) {
      agrees(TrainingAgreementTest.relu(0.3), graphs);
      assertThat(graphs.compilations()).as("dense and sparse programs").isGreaterThan(1);
    }
  }

  static void agrees(TrainingOptions options, RecordedBackend graphs) {
    TrainingAgreementTest agreement = new TrainingAgreementTest();
    Run exact = agreement.run(new EjmlBackend(), options, TrainingAgreementTest.STEPS);
    Run run = agreement.run(graphs, options, TrainingAgreementTest.STEPS);
    assertThat(TrainingAgreementTest.used(agreement.allowance(options, exact), run, exact))
        .isLessThanOrEqualTo(1);
  }

  /// The first step's codes are dense; from then on a row has room for its share and half as much.
  @Test
  void a_run_of_batch_top_k_whose_codes_turn_sparse_agrees_with_ejml() {
    try (RecordedBackend graphs = new RecordedBackend(new HostEngine(), 1)) {
      agrees(TrainingAgreementTest.batchTopK(), graphs);
      assertThat(graphs.compilations()).as("dense and sparse programs").isGreaterThan(1);
    }
  }

  /// A learning rate, a coefficient and a batch that change are inputs: one program serves all
  /// steps.
  @ParameterizedTest
  @MethodSource("runs")
  void a_steady_state_step_moves_a_batch_in_and_scalars_out_and_compiles_nothing(
      TrainingOptions options) {
    try (RecordedBackend graphs = new RecordedBackend(new HostEngine())) {
      Trainer trainer = agreement.begin(graphs, options);
      trainer.step();
      trainer.step();
      var before = graphs.transfers();
      long compiled = graphs.compilations();
      int steps = 20;
      for (int step = 0; step < steps; step++) {
        trainer.step();
      }
      var moved = graphs.transfers().since(before);
      assertThat(graphs.compilations()).isEqualTo(compiled);
      assertThat(moved.runs()).isEqualTo(steps);
      assertThat(moved.uploads()).as("parameters to the device").isZero();
      assertThat(moved.downloads()).as("parameters back").isZero();
      // batch, numbers and a few scalars come in; scalars and densities go out
      assertThat(moved.bytesIn()).isLessThanOrEqualTo(8L * 2048 * 4 * steps);
      assertThat(moved.bytesOut()).isLessThanOrEqualTo(2L * 2048 * 4 * steps);
    }
  }
}
