// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `torch.optim.Adam`: a step for each parameter from running means of its gradient and of the
/// gradient's square. The update itself is [Backend#adam]; its formula stands at [AdamUpdate].
public final class Adam {
  private final List<Slot> slots = new ArrayList<>();
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private double learningRate;
  private double gradientNorm = Double.POSITIVE_INFINITY;
  private long step;

  /// A parameter, its moments, and whether its rows are kept at norm 1.
  private record Slot(Tensor parameter, Moments moments, boolean unitNormRows) {}

  /// Adam with PyTorch's defaults: β = (0.9, 0.999), ε = 1e-8.
  public Adam(List<Tensor> parameters, double learningRate) {
    this(parameters, learningRate, 0.9, 0.999, 1e-8);
  }

  /// @param learningRate η
  /// @param beta1 decay of the first moment, in [0, 1)
  /// @param beta2 decay of the second moment, in [0, 1)
  /// @param epsilon ε, added to the root
  public Adam(
      List<Tensor> parameters, double learningRate, double beta1, double beta2, double epsilon) {
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    parameters.forEach(parameter -> add(parameter, false));
  }

  /// Also updates this parameter, which the constructor was not given, keeping each of its rows at
  /// norm 1: the usual constraint on decoder vectors.
  public Adam withUnitNormRows(Tensor parameter) {
    add(parameter, true);
    return this;
  }

  /// Also scales the gradient of all parameters together down where its Euclidean norm is greater
  /// than this: g·1/max(1, ‖g‖/c), `torch.nn.utils.clip_grad_norm_`. Every gradient is then
  /// computed in full before the first update.
  ///
  /// @param gradientNorm c, more than 0
  public Adam withGradientNorm(double gradientNorm) {
    this.gradientNorm = gradientNorm;
    return this;
  }

  private void add(Tensor parameter, boolean unitNormRows) {
    if (slots.stream().anyMatch(slot -> slot.parameter == parameter)) {
      throw new IllegalArgumentException(
          "the parameter of %s is given twice".formatted(parameter.shape()));
    }
    Backend backend = parameter.backend();
    slots.add(
        new Slot(
            parameter,
            new Moments(
                Tensor.constant(backend, backend.zerosLike(parameter.storage())),
                Tensor.constant(backend, backend.zerosLike(parameter.storage()))),
            unitNormRows));
  }

  /// Updates every parameter that has a gradient, in place.
  public void step() {
    step++;
    @Nullable Tensor factor = Double.isInfinite(gradientNorm) ? null : clippingFactor();
    for (Slot slot : slots) {
      Tensor gradient = slot.parameter.gradient();
      if (gradient != null) {
        slot.parameter
            .backend()
            .adam(
                slot.parameter.storage(),
                (factor == null ? gradient : gradient.times(factor)).storage(),
                slot.moments.first.storage(),
                slot.moments.second.storage(),
                new AdamUpdate(learningRate, beta1, beta2, epsilon, step, slot.unitNormRows));
      }
    }
  }

  /// 1/max(1, ‖g‖/c), 1×1: computed from tensors, so that nothing is read within a step. Null where
  /// there are no gradients.
  private @Nullable Tensor clippingFactor() {
    @Nullable Tensor square = null;
    for (Slot slot : slots) {
      Tensor gradient = slot.parameter.gradient();
      if (gradient != null) {
        Tensor own = gradient.pow(2).sum();
        square = square == null ? own : square.plus(own);
      }
    }
    if (square == null) {
      return null;
    }
    Tensor one = Tensor.of(square.backend(), 1, 1, 1.0);
    Tensor excess = square.pow(0.5).times(1 / gradientNorm).minus(one).relu();
    return one.dividedBy(one.plus(excess));
  }

  /// Forgets all gradients.
  public void zeroGradients() {
    slots.forEach(slot -> slot.parameter.zeroGradient());
  }

  /// Sets η for the steps to come.
  public void learningRate(double learningRate) {
    this.learningRate = learningRate;
  }

  /// The running means of a parameter's gradient and of its square.
  public record Moments(Tensor first, Tensor second) {}

  /// The moments of a parameter: what a checkpoint has to keep beside it.
  ///
  /// @throws IllegalArgumentException if this optimiser does not update the parameter
  public Moments moments(Tensor parameter) {
    return slots.stream()
        .filter(slot -> slot.parameter == parameter)
        .findFirst()
        .map(Slot::moments)
        .orElseThrow(() -> new IllegalArgumentException("a parameter of another optimiser"));
  }

  /// The number of steps taken.
  public long steps() {
    return step;
  }

  /// Continues a count of steps, after a checkpoint was loaded.
  public void steps(long steps) {
    this.step = steps;
  }
}
