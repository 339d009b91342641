// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import sae4j.activations.ActivationSet;
import sae4j.backends.vector.VectorBackend;
import sae4j.saes.SaeOptions;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.training.StreamTrainer;
import sae4j.training.TrainingOptions;

/// Once it runs, a training step on the vector backend takes its memory from the step before.
class SteadyStateTest {
  private static final int ACTIVATION_DIM = 64;
  private static final int DICT_SIZE = 4096;
  private static final int BATCH = 512;

  /// Until the kernels are compiled, the Vector API keeps its vectors on the heap.
  private static final int WARM_UP_STEPS = 400;

  @Test
  void a_step_with_sparse_codes_allocates_less_than_one_batch_of_activations() {
    try (VectorBackend backend = new VectorBackend(1)) {
      StreamTrainer trainer = new StreamTrainer(activations(), options(), backend);
      for (int step = 0; step < WARM_UP_STEPS; step++) {
        trainer.step();
      }
      int steps = 20;
      long before = allocatedByThisThread();
      for (int step = 0; step < steps; step++) {
        trainer.step();
      }
      assertThat((allocatedByThisThread() - before) / steps)
          .isLessThan((long) BATCH * ACTIVATION_DIM * Float.BYTES);
    }
  }

  private static long allocatedByThisThread() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private static ActivationSet activations() {
    Elements normal = Initialiser.normal(5);
    float[] rows = new float[4 * BATCH * ACTIVATION_DIM];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) normal.at(i / ACTIVATION_DIM, i % ACTIVATION_DIM);
    }
    return ActivationSet.of(rows, ACTIVATION_DIM);
  }

  private static TrainingOptions options() {
    return TrainingOptions.builder(SaeOptions.topK(DICT_SIZE, 16))
        .steps(Long.MAX_VALUE)
        .batch(BATCH)
        .learningRate(1e-3)
        .seed(3)
        .build();
  }
}
