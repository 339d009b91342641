// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrainingProgressTest {
  private static final String BAR = "━━━━━━━━━━────────── ";
  private static final String STEPS = " 50 %  step 500 of 1,000";
  private static final String LOSSES = "  loss 12.34  L0 16.0  EV 0.812  alive 1,024";
  private static final String LEFT = "  12,345 tokens/s  42 s left";

  @Test
  void a_narrow_line_loses_the_bar_first_then_the_losses_and_never_the_time_left() {
    for (int columns = 40; columns < 140; columns++) {
      String line = TrainingProgress.fitted(columns, BAR, STEPS, LOSSES, LEFT);
      assertThat(line).contains(STEPS).endsWith(LEFT);
      if (columns >= STEPS.length() + LEFT.length()) {
        assertThat(line.length()).isLessThanOrEqualTo(columns);
      }
    }
    assertThat(TrainingProgress.fitted(99, BAR, STEPS, LOSSES, LEFT)).contains("loss 12.34");
    assertThat(TrainingProgress.fitted(139, BAR, STEPS, LOSSES, LEFT)).startsWith("━");
  }
}
