// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// The threshold that stands in for a batch's top-k where there is no batch: a running mean of the
/// smallest active code.
///
/// ```
/// θ ← β·θ + (1 − β)·min z over z > 0          the first batch sets θ, one without codes leaves it
/// ```
///
/// Until then θ is 0, and the codes are those of ReLU. A θ that a trained SAE brought along is
/// moved by the first batch as by any other. Bussmann et al. 2024, [arXiv
/// 2412.06410](https://arxiv.org/abs/2412.06410), section 3.2 take the mean over many batches; with
/// weights that move, the last ones count.
public final class RunningThreshold {
  public static final Setting DECAY =
      new Setting(
          "threshold-decay",
          "0.99",
          new Setting.RealNumber(0, 1),
          "β, how much of the running threshold a step keeps, below 1");

  private final Tensor threshold;
  private final double decay;

  /// A threshold of 0, which nothing has moved yet.
  public RunningThreshold(SaeOptions options, Backend backend) {
    this.decay = options.number(DECAY);
    this.threshold = Tensor.parameter(backend, 1, 1, Elements.constant(0));
  }

  /// Codes of pre-activations B×F: those above θ.
  public Tensor codes(Tensor preActivationsBF) {
    return preActivationsBF.jumpRelu(threshold);
  }

  /// Takes note of a batch's codes, B×F. Part of the step.
  public void update(Tensor codesBF, TrainingBatch batch) {
    Tensor smallest = codesBF.smallestActive();
    Tensor difference = smallest.minus(threshold);
    Tensor whole = difference.whereActive(smallest);
    Tensor move = whole.times(1 - decay);
    if (batch.step() == 0) {
      move = whole.minus(whole.whereActive(threshold)).plus(move.whereActive(threshold));
    }
    threshold.assign(threshold.plus(move));
  }

  /// θ, which takes part in what the SAE computes.
  public Parameter parameter() {
    return new Parameter("threshold", threshold, Role.RUNNING_THRESHOLD);
  }
}
