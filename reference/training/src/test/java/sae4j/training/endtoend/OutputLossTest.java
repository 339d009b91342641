// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;

class OutputLossTest {
  private static final HookPoint LATER = HookPoint.residPost(3);
  private static final EndToEnd WEIGHTS = new EndToEnd(0.7, 2.5, List.of(LATER), 0);

  /// The first of three rows is not replaced.
  private static final int[] REPLACED = {1, 2};

  private static Continuation pass(double shift) {
    return new Continuation(rows(3, 5, shift), Map.of(LATER, rows(3, 4, 2 * shift)));
  }

  private static FloatRows rows(int rows, int width, double shift) {
    FloatRows wave = FloatRows.zeros(rows, width);
    for (int i = 0; i < wave.values().length; i++) {
      wave.values()[i] = (float) (2 * Math.sin(1.3 * i + shift));
    }
    return wave;
  }

  private static double value(Continuation spliced) {
    return OutputLoss.of(WEIGHTS, pass(0), spliced, REPLACED).value();
  }

  @Test
  void an_output_that_is_unchanged_costs_nothing_and_has_no_gradient() {
    OutputLoss loss = OutputLoss.of(WEIGHTS, pass(0), pass(0), REPLACED);
    assertThat(loss.value()).isZero();
    assertThat(loss.gradients().logitsBTxV().values()).containsOnly(0);
    assertThat(atLater(loss.gradients()).values()).containsOnly(0);
  }

  @Test
  void the_divergence_is_that_of_its_definition() {
    FloatRows clean = new FloatRows(1, 2, new float[] {0, (float) Math.log(3)});
    FloatRows spliced = new FloatRows(1, 2, new float[] {0, 0});
    // p = (1/4, 3/4), q = (1/2, 1/2)
    double expected = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5);
    OutputLoss loss =
        OutputLoss.of(
            EndToEnd.ofOutput(), new Continuation(clean), new Continuation(spliced), new int[1]);
    assertThat(loss.kl()).isEqualTo(expected, within(1e-7));
    assertThat(loss.gradients().logitsBTxV().values()[0]).isEqualTo(0.25f, within(1e-6f));
    assertThat(loss.gradients().logitsBTxV().values()[1]).isEqualTo(-0.25f, within(1e-6f));
  }

  @Test
  void the_fraction_of_variance_at_a_later_hook_is_over_the_replaced_tokens() {
    EndToEnd weights = new EndToEnd(0, 1, List.of(LATER), 0);
    FloatRows clean = rows(3, 4, 0);
    Arrays.fill(clean.values(), 0, 4, 3_000); // a first token as large as those of GPT-2
    FloatRows moved = clean.copy();
    double error = 0;
    double variance = 0;
    for (int d = 0; d < 4; d++) {
      moved.values()[4 + d] += 0.5f;
      error += 0.25;
      double mean = (clean.at(1, d) + clean.at(2, d)) / 2;
      variance += Math.pow(clean.at(1, d) - mean, 2) + Math.pow(clean.at(2, d) - mean, 2);
    }
    OutputLoss loss =
        OutputLoss.of(
            weights,
            new Continuation(rows(3, 5, 0), Map.of(LATER, clean)),
            new Continuation(rows(3, 5, 0), Map.of(LATER, moved)),
            REPLACED);
    assertThat(loss.value()).isEqualTo(error / variance, within(1e-6));
    assertThat(Arrays.copyOf(atLater(loss.gradients()).values(), 4)).containsOnly(0);
  }

  @Test
  void every_gradient_equals_central_differences() {
    Continuation at = pass(0.4);
    Continuation gradients = OutputLoss.of(WEIGHTS, pass(0), at, REPLACED).gradients();
    compare(at, at.logitsBTxV(), gradients.logitsBTxV());
    compare(at, atLater(at), atLater(gradients));
  }

  private static FloatRows atLater(Continuation continuation) {
    return Objects.requireNonNull(continuation.later().get(LATER));
  }

  private static void compare(Continuation at, FloatRows moved, FloatRows gradient) {
    for (int i = 0; i < moved.values().length; i++) {
      float there = moved.values()[i];
      moved.values()[i] = there + 0x1p-7f;
      double above = value(at);
      moved.values()[i] = there - 0x1p-7f;
      double below = value(at);
      moved.values()[i] = there;
      assertThat((double) gradient.values()[i]).isEqualTo((above - below) / 0x1p-6, within(1e-4));
    }
  }
}
