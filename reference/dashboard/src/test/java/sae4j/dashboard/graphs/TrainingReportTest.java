// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingReportTest {
  private static final TrainingReport.End END = new TrainingReport.End(1200, 0.5, 7.5, 0.875, 0.25);

  private static TrainingMoment moment(long step, double loss) {
    List<Integer> features = Collections.nCopies(TrainingMoment.DENSITY_BINS, 1);
    return new TrainingMoment(step, loss, 8, 0.5, 0.25, features);
  }

  @Test
  void the_end_of_a_run_is_a_sentence() {
    assertThat(END.summary())
        .isEqualTo(
            "after 1,200 steps: loss 0.5000, L0 7.5, explained variance 0.8750, 25.0 % of the"
                + " features dead");
  }

  @Test
  void the_page_has_the_curves_and_the_sections_in_their_order() {
    Map<String, Map<String, String>> sections = new LinkedHashMap<>();
    sections.put("options", Map.of("--steps", "1200"));
    sections.put("the run", Map.of("backend", "ejml"));
    TrainingReport report =
        new TrainingReport("mine", END, List.of(moment(600, 2), moment(1200, 1)));
    String page =
        new String(
            report.page(sections, Map.of("the record", "run.json")).bytes(),
            StandardCharsets.UTF_8);
    assertThat(page)
        .contains("<svg", "<a href=\"run.json\">the record</a>", "prefers-color-scheme: dark")
        .containsSubsequence(
            "Training of mine", END.summary(), "options", "--steps", "the run", "backend");
  }
}
