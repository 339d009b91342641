// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.io.Serial;
import sae4j.training.schedules.Sparsity;

/// The loss is no longer a finite number: the weights are lost, the last checkpoint is not.
///
/// The message blames the part of the loss that is not finite: the reconstruction error is the
/// learning rate's fault, or before the first update that of the activations; the rest of the loss
/// has weights of its own.
public final class TrainingDivergedException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  /// A penalty with a greater weight makes gradients whose squares single precision does not hold,
  /// so the weights are lost though the loss is still finite.
  private static final double GREATEST_WEIGHT = 1e15;

  private final transient TrainingOptions options;

  /// @param coefficient λ of the step
  /// @param penalised whether the rest of the loss is a sparsity penalty, whose weight λ is
  TrainingDivergedException(
      StepReport report, TrainingOptions options, double coefficient, boolean penalised) {
    super(line(report, options, coefficient, penalised));
    this.options = options;
  }

  private static String line(
      StepReport report, TrainingOptions options, double coefficient, boolean penalised) {
    boolean weightIsAbsurd = penalised && report.step() > 1 && coefficient > GREATEST_WEIGHT;
    if (!Double.isFinite(report.l2Loss()) && !weightIsAbsurd) {
      return reconstruction(report, options);
    }
    if (penalised && (weightIsAbsurd || !Double.isFinite(report.sparsityLoss()))) {
      return penalty(report, options, coefficient);
    }
    return Double.isFinite(report.sparsityLoss())
        ? ("the loss is %s at step %d, though the SAE's own parts of it are finite; lower"
                + " --kl-weight, --local-weight or --downstream-weight")
            .formatted(report.loss(), report.step())
        : "the loss of dead features is %s at step %d; lower --set aux-coefficient"
            .formatted(report.sparsityLoss(), report.step());
  }

  private static String reconstruction(StepReport report, TrainingOptions options) {
    return report.step() <= 1
        ? ("the reconstruction error is %s at the first step, before the learning rate has had any"
                + " part in it; look at the size of the activations, at --normalise and at"
                + " --decoder-norm")
            .formatted(report.l2Loss())
        : ("the reconstruction error became %s at step %d, at a learning rate of %s; continue from"
                + " the last checkpoint or start again, with a lower learning rate (--lr)")
            .formatted(report.l2Loss(), report.step(), options.optimisation().learningRate());
  }

  private static String penalty(StepReport report, TrainingOptions options, double coefficient) {
    Sparsity sparsity = options.sparsity();
    String remedy =
        options.aimsByPenalty()
            ? "choose a greater --target-l0, which is %s".formatted(sparsity.targetL0())
            : sparsity.endFactor() > 1 && coefficient > sparsity.l1()
                ? "lower --l1-end, which is %s, or --l1".formatted(sparsity.endFactor())
                : "lower --l1, which is %s".formatted(sparsity.l1());
    return "the loss is %s at step %d, where the sparsity penalty has the weight λ = %s; %s"
        .formatted(report.loss(), report.step(), coefficient, remedy);
  }

  /// How the SAE whose loss it is was trained, for a user who trains several.
  public TrainingOptions options() {
    return options;
  }
}
