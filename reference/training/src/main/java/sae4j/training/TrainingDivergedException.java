// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.io.Serial;

/// The loss is no longer a finite number: the weights are lost, the last checkpoint is not.
public final class TrainingDivergedException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  TrainingDivergedException(StepReport report, TrainingOptions options) {
    super(
        report.step() <= 1
            ? ("the loss is %s at the first step, before the learning rate has had any part in it:"
                    + " %s times λ = %s is beyond the numbers of the backend; look at the size of"
                    + " the activations, at --normalise and at --l1")
                .formatted(report.loss(), report.l2Loss(), options.sparsity().l1())
            : ("the loss became %s at step %d (learning rate %s): "
                    + "continue from the last checkpoint or start again, with a lower learning"
                    + " rate")
                .formatted(report.loss(), report.step(), options.optimisation().learningRate()));
  }
}
