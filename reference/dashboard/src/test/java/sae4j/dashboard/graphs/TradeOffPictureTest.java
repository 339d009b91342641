// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TradeOffPictureTest {
  private static final TradeOffPoint A = new TradeOffPoint("relu", 30, 0.8, 0.95);
  private static final TradeOffPoint B = new TradeOffPoint("topk", 32, 0.85, 0.97);

  private static String svg(TradeOffPoint... points) {
    return new String(
        new TradeOffPicture("t", "s", List.of(points)).picture().svg(), StandardCharsets.UTF_8);
  }

  @Test
  void every_architecture_is_named_and_every_sae_is_a_dot_in_both_panels() {
    String svg = svg(A, B);
    assertThat(svg).contains(">relu<", ">topk<", "Loss Recovered", "explained variance");
    assertThat(svg.split("<circle", -1)).hasSize(1 + 4);
  }

  @Test
  void without_a_language_model_there_is_one_panel() {
    assertThat(svg(new TradeOffPoint("relu", 30, 0.8, Double.NaN)))
        .doesNotContain("Loss Recovered");
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
