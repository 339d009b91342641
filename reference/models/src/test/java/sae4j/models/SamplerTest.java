// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SamplerTest {
  @Test
  void ids_that_the_tokenizer_lacks_are_never_drawn_however_likely() {
    FloatRows logits = new FloatRows(1, 6, new float[] {0, 2, 1, 0, 9, 30});

    assertThat(new Sampler(Sampling.greedy(1), 4).next(logits, 0)).isEqualTo(1);
    assertThat(new Sampler(Sampling.greedy(1)).next(logits, 0)).isEqualTo(5);
    Sampler drawing = new Sampler(new Sampling(1, 5, 3), 4);
    for (int i = 0; i < 200; i++) {
      assertThat(drawing.next(logits, 0)).isBetween(0, 3);
    }
  }
}
