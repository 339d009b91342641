// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.predictions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import sae4j.models.FloatRows;
import sae4j.models.TokenBatch;

final class NextTokenLossTest {
  @Test
  void loss_is_the_negative_log_probability_of_the_next_token_of_the_same_sequence() {
    TokenBatch tokens = TokenBatch.of(List.of(new int[] {0, 2}, new int[] {1, 0}));
    FloatRows logits = new FloatRows(4, 3, new float[] {1, 2, 3, 9, 9, 9, 1000, 0, 0, 9, 9, 9});

    double[] losses = NextTokenLoss.perToken(logits, tokens);

    assertThat(losses[0]).isCloseTo(Math.log(Math.exp(-2) + Math.exp(-1) + 1), within(1e-12));
    assertThat(losses[1]).isNaN();
    assertThat(losses[2]).isCloseTo(0, within(1e-12));
    assertThat(losses[3]).isNaN();
    assertThat(NextTokenLoss.mean(logits, tokens)).isCloseTo(losses[0] / 2, within(1e-12));
  }
}
