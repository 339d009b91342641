// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.io.Serial;

/// The loss is no longer a finite number: the weights are lost, the last checkpoint is not.
public final class TrainingDivergedException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  TrainingDivergedException(StepReport report, TrainingOptions options) {
    super(
        ("the loss became %s at step %d (learning rate %s): "
                + "continue from the last checkpoint or start again, with a lower learning rate")
            .formatted(report.loss(), report.step(), options.optimisation().learningRate()));
  }
}
