// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.contracts.GradientCase.Program;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Every gradient against finite differences, in double on EJML.
class GradientTest {
  private static final double UNIT_ROUNDOFF = 0x1.0p-53;
  private static final List<Long> SEEDS = List.of(1L, 20L, 300L);

  private final Backend ejml = new EjmlBackend();

  /// A program on EJML beside the same on the reference, which knows the round-off of each
  /// evaluation.
  private final class Evaluated {
    final Program program;
    final Program bounded;

    Evaluated(GradientCase gradientCase, long seed) {
      program = gradientCase.open(ejml, seed);
      bounded = gradientCase.open(new BoundedReference(UNIT_ROUNDOFF), seed);
    }

    /// The loss with one element of one parameter moved to another value, and the bound of its
    /// round-off.
    Bounded lossAt(int parameter, int element, double value) {
      move(program, parameter, element, value);
      move(bounded, parameter, element, value);
      Bounded loss = BoundedReference.numbers(bounded.loss().storage()).at(0, 0);
      return new Bounded(program.loss().item(), loss.error());
    }

    private static void move(Program program, int index, int element, double value) {
      Tensor parameter = program.parameters().get(index);
      double[] numbers = parameter.toDoubles();
      numbers[element] = value;
      Backend backend = parameter.backend();
      backend.assign(
          parameter.storage(), backend.upload(parameter.rows(), parameter.columns(), numbers));
    }

    /// (f(x + h) − f(x − h)) / 2h with its round-off.
    Bounded centralDifference(int parameter, int element, double x, double h) {
      Bounded above = lossAt(parameter, element, x + h);
      Bounded below = lossAt(parameter, element, x - h);
      lossAt(parameter, element, x);
      double distance = (x + h) - (x - h); // as it was rounded
      return new Bounded(
          (above.value() - below.value()) / distance, (above.error() + below.error()) / distance);
    }
  }

  @TestFactory
  Stream<DynamicTest> gradients_agree_with_finite_differences() {
    return GradientCase.all().stream()
        .map(
            gradientCase ->
                DynamicTest.dynamicTest(
                    gradientCase.name(),
                    () -> SEEDS.forEach(seed -> differencesAgree(gradientCase, seed))));
  }

  /// The truncation error of a central difference is h²/6·f‴. The difference with step 2h has four
  /// times as much, so |D(2h) − D(h)| is three times that of D(h): a bound with room for the next
  /// term. h = ∛u·|x| balances it with the round-off.
  private void differencesAgree(GradientCase gradientCase, long seed) {
    var evaluated = new Evaluated(gradientCase, seed);
    evaluated.program.loss().backward();
    evaluated.bounded.loss().backward();
    double scale = Math.abs(evaluated.program.loss().item()); // where the gradient is 0
    double totalTolerance = 0;
    double root = Math.cbrt(UNIT_ROUNDOFF);
    for (int p = 0; p < evaluated.program.parameters().size(); p++) {
      Tensor parameter = evaluated.program.parameters().get(p);
      double[] at = parameter.toDoubles();
      Tensor gradient = parameter.gradient();
      for (int i = 0; i < at.length; i++) {
        double analytic = gradient == null ? 0 : gradient.toDoubles()[i];
        double roundOff =
            gradient == null
                ? 0
                : BoundedReference.numbers(
                        requireNonNull(evaluated.bounded.parameters().get(p).gradient()).storage())
                    .rowMajor()[i]
                    .error();
        double h = root * Math.max(Math.abs(at[i]), root);
        Bounded near = evaluated.centralDifference(p, i, at[i], h);
        Bounded far = evaluated.centralDifference(p, i, at[i], 2 * h);
        double truncation = Math.abs(far.value() - near.value());
        double tolerance = truncation + near.error() + far.error() + roundOff;
        assertThat(new Bounded(near.value(), tolerance).admits(analytic))
            .as(
                "%s, seed %d, parameter %d, element %d: %s ± %s, not %s",
                gradientCase, seed, p, i, near.value(), tolerance, analytic)
            .isTrue();
        scale += Math.abs(analytic);
        totalTolerance += tolerance;
      }
    }
    assertThat(totalTolerance)
        .as("the tolerances must be small beside what they bound, or nothing was checked")
        .isLessThan(Math.sqrt(root) * scale);
  }

  @Test
  void no_gradient_passes_a_detached_tensor() {
    Tensor a = Tensor.parameter(ejml, 1, 2, (row, column) -> column + 3);
    a.times(a.detach()).sum().backward();
    assertThat(requireNonNull(a.gradient()).toDoubles()).containsExactly(3, 4);
  }

  @Test
  void gradients_add_up_over_backward_calls_until_they_are_forgotten() {
    Tensor a = Tensor.parameter(ejml, 1, 2, (row, column) -> column + 1);
    a.pow(2).sum().backward();
    a.pow(2).sum().backward();
    assertThat(requireNonNull(a.gradient()).toDoubles()).containsExactly(4, 8);
    a.zeroGradient();
    assertThat(a.gradient()).isNull();
    a.sum().backward();
    assertThat(requireNonNull(a.gradient()).toDoubles()).containsExactly(1, 1);
  }
}
