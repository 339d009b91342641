// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.predictions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import sae4j.models.FloatRows;

final class NextTokenDivergenceTest {
  private static final float LN3 = (float) Math.log(3);
  private final FloatRows p = new FloatRows(2, 2, new float[] {0, LN3, 500, 500});
  private final FloatRows q = new FloatRows(2, 2, new float[] {0, 0, -7, -7});

  @Test
  void the_divergence_is_that_of_its_definition_whatever_is_added_to_the_logits() {
    double[] divergences = NextTokenDivergence.perToken(p, q);
    // p = (1/4, 3/4), q = (1/2, 1/2)
    assertThat(divergences[0]).isCloseTo(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), within(1e-7));
    assertThat(divergences[1]).isCloseTo(0, within(1e-12));
  }

  @Test
  void the_gradient_towards_q_is_the_difference_of_the_distributions_times_the_weight() {
    FloatRows gradient = FloatRows.zeros(2, 2);
    assertThat(NextTokenDivergence.perToken(p, q, 2, gradient))
        .containsExactly(NextTokenDivergence.perToken(p, q));
    assertThat(gradient.values()).containsExactly(new float[] {0.5f, -0.5f, 0, 0}, within(1e-6f));
  }
}
