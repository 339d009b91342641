// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sae4j.dashboard.drawing.Picture;
import sae4j.evaluation.splice.Estimate;

class TradeOffPictureTest {
  private static final TradeOffEntry A = entry("relu", "l0=30", 30, 0.8, 0.95);
  private static final TradeOffEntry B = entry("topk", "k=32", 32, 0.85, 0.97);

  private static TradeOffEntry entry(
      String architecture, String sparsity, double l0, double explained, double recovered) {
    return new TradeOffEntry(
        architecture,
        sparsity,
        Map.of(
            "l0", around(l0),
            "explained_variance", around(explained),
            "loss_recovered_mean_ablation", around(recovered)),
        0);
  }

  private static Estimate around(double value) {
    return new Estimate(value, value - 0.01, value + 0.01, 100);
  }

  private static String svg(Picture picture) {
    return new String(picture.svg(), StandardCharsets.UTF_8);
  }

  private static String svg(TradeOffEntry... entries) {
    return svg(new TradeOffPicture(List.of(entries)).picture("t", "s"));
  }

  private static long count(String text, String part) {
    return text.split(part, -1).length - 1L;
  }

  @Test
  void every_architecture_is_named_and_every_sae_is_a_dot_in_both_panels() {
    String svg = svg(A, B);
    assertThat(svg).contains(">relu<", ">topk<", "Loss Recovered", "explained variance");
    assertThat(count(svg, "<circle[^>]*fill='#")).isEqualTo(4);
  }

  @Test
  void every_dot_says_what_it_is_and_shows_its_interval() {
    String svg = svg(A, B);
    assertThat(svg)
        .contains(
            "<title>topk k=32: L0 32.0, explained variance 0.8500 (0.8400 to 0.8600)</title>");
    assertThat(count(svg, "stroke-width='1.2'")).isEqualTo(4);
  }

  @Test
  void panels_for_a_page_have_no_title_and_fit_a_telephone() {
    List<Picture> panels = new TradeOffPicture(List.of(A, B)).panels();
    assertThat(panels).hasSize(2).allMatch(panel -> panel.width() <= 450);
    assertThat(svg(panels.getFirst())).doesNotContain(">t<", ">s<");
  }

  @Test
  void without_a_language_model_there_is_one_panel() {
    TradeOffEntry alone =
        new TradeOffEntry(
            "relu", "l1=1", Map.of("l0", around(30), "explained_variance", around(0.8)), 0);
    assertThat(svg(alone)).doesNotContain("Loss Recovered");
  }

  @Test
  void a_target_is_missed_by_more_than_a_tenth_and_only_where_there_is_one() {
    assertThat(entry("relu", "l0=30", 32.9, 0.8, 0.9).missesTarget()).isFalse();
    assertThat(entry("relu", "l0=30", 33.1, 0.8, 0.9).missesTarget()).isTrue();
    assertThat(entry("relu", "l0=30", 26.9, 0.8, 0.9).missesTarget()).isTrue();
    assertThat(entry("topk", "k=30", 12, 0.8, 0.9).missesTarget()).isFalse();
  }

  @Test
  void labels_that_would_touch_share_their_centre() {
    double[] places = TradeOffPicture.spread(new double[] {100, 101, 200});
    assertThat(places).hasSize(3);
    assertThat(places[1] - places[0]).isEqualTo(18, within(1e-9));
    assertThat((places[0] + places[1]) / 2).isEqualTo(100.5, within(1e-9));
    assertThat(places[2]).isEqualTo(200, within(1e-9));
  }

  @Test
  void labels_pushed_into_a_neighbour_take_it_along() {
    double[] places = TradeOffPicture.spread(new double[] {100, 100, 110, 120});
    for (int i = 1; i < places.length; i++) {
      assertThat(places[i] - places[i - 1]).isGreaterThanOrEqualTo(18 - 1e-9);
    }
  }
}
