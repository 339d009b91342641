// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sae4j.evaluation.splice.Estimate;

class TradeOffReportTest {
  private static final TradeOffEntry MEASURED =
      new TradeOffEntry(
          "topk",
          "k=8",
          Map.of(
              "l0", new Estimate(8, 7.5, 8, 100),
              "explained_variance", new Estimate(0.75, 0.5, 0.875, 100),
              "loss_recovered_mean_ablation", new Estimate(0.9, 0.8, 0.95, 90)),
          0.125);

  private static TradeOffReport report(TradeOffEntry... entries) {
    return new TradeOffReport(
        "on text",
        List.of(entries),
        Map.of("model", "tiny"),
        Map.of(MEASURED, "topk-k-8/"),
        Map.of("tradeoff.csv", "tradeoff.csv"));
  }

  @Test
  void the_table_has_a_row_for_each_sae_and_null_for_what_was_not_measured() {
    assertThat(report(MEASURED).csv().lines())
        .containsExactly(
            "architecture,sparsity,l0,l0_low,l0_high,explained_variance,explained_variance_low,"
                + "explained_variance_high,loss_recovered_mean_ablation,"
                + "loss_recovered_mean_ablation_low,loss_recovered_mean_ablation_high,"
                + "loss_recovered_zero_ablation,loss_recovered_zero_ablation_low,"
                + "loss_recovered_zero_ablation_high,kl,kl_low,kl_high,loss_clean,loss_clean_low,"
                + "loss_clean_high,loss_sae,loss_sae_low,loss_sae_high,dead_fraction",
            "topk,k=8,8.0,7.5,8.0,0.75,0.5,0.875,0.9,0.8,0.95,null,null,null,null,null,null,null,"
                + "null,null,null,null,null,0.125");
  }

  @Test
  void the_page_shows_picture_numbers_and_how_they_were_made() {
    String page = new String(report(MEASURED).page().bytes(), StandardCharsets.UTF_8);
    assertThat(page)
        .contains("Sparsity against fidelity", "on text", "<svg", "Loss Recovered")
        .contains("0.7500 [0.5000, 0.8750]", "12.5 %", "<td>model</td>", "<td>tiny</td>")
        .contains("<a href=\"topk-k-8/\">topk</a>", "<a href=\"tradeoff.csv\">tradeoff.csv</a>")
        .doesNotContain("NaN", "target missed");
    assertThat(page.split("Sparsity against fidelity", -1))
        .as("the title is in the head and once on the page")
        .hasSize(1 + 2);
  }

  @Test
  void a_missed_target_is_marked() {
    TradeOffEntry missed =
        new TradeOffEntry(
            "relu",
            "l0=16",
            Map.of(
                "l0",
                new Estimate(31.2, 31, 32, 100),
                "explained_variance",
                new Estimate(0.5, 0.4, 0.6, 100)),
            0);
    assertThat(new String(report(missed).page().bytes(), StandardCharsets.UTF_8))
        .contains("<td class=\"missed\">31.2, target missed</td>");
  }

  @Test
  void without_an_sae_there_is_no_picture() {
    assertThatThrownBy(() -> report().picture()).hasMessage("there are no SAEs to compare");
  }
}
