// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// Gradients: the backend's against the reference's, whose formulas `GradientTest` checks by finite
/// differences.
interface GradientContract extends Contract {

  @Provide
  default Arbitrary<GradientCase> cases() {
    return Arbitraries.of(GradientCase.all());
  }

  @Property
  default void losses_and_gradients_agree(
      @ForAll("cases") GradientCase gradientCase, @ForAll long seed) {
    Backend reference = new BoundedReference(backend().unitRoundoff());
    var expected = gradientCase.open(reference, seed);
    var actual = gradientCase.open(backend(), seed);
    Tensor expectedLoss = expected.loss();
    Tensor actualLoss = actual.loss();
    Contract.agrees(BoundedReference.numbers(expectedLoss.storage()), actualLoss.toDoubles());
    expectedLoss.backward();
    actualLoss.backward();
    for (int i = 0; i < expected.parameters().size(); i++) {
      Contract.agrees(
          gradient(expected.parameters().get(i)), toDoubles(actual.parameters().get(i)));
    }
  }

  private static BoundedMatrix gradient(Tensor parameter) {
    Tensor gradient = parameter.gradient();
    return gradient == null
        ? BoundedMatrix.of(parameter.rows(), parameter.columns(), (row, column) -> Bounded.ZERO)
        : BoundedReference.numbers(gradient.storage());
  }

  private static double[] toDoubles(Tensor parameter) {
    Tensor gradient = parameter.gradient();
    return gradient == null
        ? new double[parameter.rows() * parameter.columns()]
        : gradient.toDoubles();
  }

  /// f(θ) = Σ w ⊙ JumpReLU and Σ w ⊙ H: towards A the weight where active, towards θ −θ/ε·w and
  /// −1/ε·w in the window.
  @Property
  default void jump_relu_s_and_heaviside_s_pseudo_gradients_are_those_of_the_paper(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 17) int columns,
      @ForAll long seed) {
    double bandwidth = 0.75;
    float[] a = Numbers.POSITIVE.draw(seed, rows * columns);
    float[] theta = Numbers.POSITIVE.draw(seed + 1, columns);
    float[] weights = Numbers.MODERATE.draw(seed + 2, rows * columns);
    for (boolean heaviside : new boolean[] {false, true}) {
      Tensor activations = Tensor.parameter(backend(), rows, columns, Elements.of(a, columns));
      Tensor threshold = Tensor.parameter(backend(), 1, columns, Elements.of(theta, columns));
      Tensor result =
          heaviside
              ? activations.heaviside(threshold, bandwidth)
              : activations.jumpRelu(threshold, bandwidth);
      result.times(Tensor.of(backend(), rows, columns, weights)).sum().backward();

      ErrorBound bound = new ErrorBound(backend().unitRoundoff(), 0x1.0p-53);
      BoundedMatrix towardsActivations =
          BoundedMatrix.of(
              rows,
              columns,
              (row, column) -> {
                int i = row * columns + column;
                return !heaviside && a[i] > theta[column]
                    ? Bounded.exact(weights[i])
                    : Bounded.ZERO;
              });
      BoundedMatrix towardsThreshold =
          BoundedMatrix.of(
              1,
              columns,
              (ignored, column) -> {
                List<Bounded> inWindow = new ArrayList<>();
                for (int row = 0; row < rows; row++) {
                  int i = row * columns + column;
                  // a float's difference is exact in double, and on any backend near θ (Sterbenz)
                  if (Math.abs((double) a[i] - theta[column]) < bandwidth / 2) {
                    inWindow.add(Bounded.exact(weights[i]));
                  }
                }
                Bounded sum = bound.sum(inWindow);
                Bounded kernel =
                    heaviside ? sum : bound.multiply(sum, Bounded.exact(theta[column]));
                return bound.scale(kernel, -1 / bandwidth);
              });
      Contract.agrees(towardsActivations, toDoubles(activations));
      Contract.agrees(towardsThreshold, toDoubles(threshold));
    }
  }

  /// The unit vectors of ARENA's chapter on JumpReLU SAEs: z = (1, 1.4, 1.6, 2), θ = 1.5, ε = 0.5.
  @Example
  default void jump_relu_and_heaviside_reproduce_arena_s_numbers() {
    ErrorBound bound = new ErrorBound(backend().unitRoundoff(), 0x1.0p-53);
    for (boolean heaviside : new boolean[] {false, true}) {
      Tensor z = Tensor.parameter(backend(), 1, 4, Elements.of(new double[] {1, 1.4, 1.6, 2}, 4));
      Tensor theta = Tensor.parameter(backend(), 1, 4, (row, column) -> 1.5);
      Tensor result = heaviside ? z.heaviside(theta, 0.5) : z.jumpRelu(theta, 0.5);
      result.sum().backward();
      Contract.agrees(
          matrix(bound, heaviside ? new double[] {0, 0, 1, 1} : new double[] {0, 0, 1.6, 2}),
          result.toDoubles());
      Contract.agrees(
          matrix(bound, heaviside ? new double[] {0, -2, -2, 0} : new double[] {0, -3, -3, 0}),
          requireNonNull(theta.gradient()).toDoubles());
      Contract.agrees(
          matrix(bound, heaviside ? new double[4] : new double[] {0, 0, 1, 1}), toDoubles(z));
    }
  }

  private static BoundedMatrix matrix(ErrorBound bound, double... numbers) {
    return BoundedMatrix.of(1, numbers.length, (row, column) -> bound.given(numbers[column]));
  }
}
