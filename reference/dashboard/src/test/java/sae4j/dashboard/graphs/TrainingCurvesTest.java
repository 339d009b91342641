// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TrainingCurvesTest {
  private static TrainingMoment moment(long step, double loss) {
    List<Integer> features = Collections.nCopies(TrainingMoment.DENSITY_BINS, 3);
    return new TrainingMoment(step, loss, 30, 0.8, 0.01, features);
  }

  @Test
  void every_quantity_has_its_panel() {
    String svg = svg(moment(10, 5), moment(20, 3));
    assertThat(svg)
        .contains("loss", "explained variance", "L0", "dead features", "silent", "0.01 %")
        .contains("<title>step 20: 3.000</title>");
  }

  private static String svg(TrainingMoment... moments) {
    return new TrainingCurves(List.of(moments))
        .pictures().stream()
            .map(picture -> new String(picture.svg(), StandardCharsets.UTF_8))
            .collect(Collectors.joining());
  }

  @Test
  void every_picture_is_narrow_enough_for_a_telephone() {
    assertThat(new TrainingCurves(List.of(moment(10, 5))).pictures())
        .hasSize(5)
        .allMatch(picture -> picture.width() <= 450);
  }

  @Test
  void a_loss_that_is_not_positive_is_drawn_all_the_same() {
    assertThat(svg(moment(10, 5), moment(20, -3))).contains("<title>step 20: -3.000</title>");
  }

  @Test
  void without_a_step_there_is_nothing_to_draw() {
    assertThatIllegalArgumentException().isThrownBy(() -> new TrainingCurves(List.of()));
  }

  @Test
  void densities_fall_into_half_powers_of_ten() {
    assertThat(TrainingMoment.densityBin(0)).isEqualTo(TrainingMoment.SILENT);
    assertThat(TrainingMoment.densityBin(1)).isEqualTo(TrainingMoment.DENSITY_BINS - 1);
    assertThat(TrainingMoment.densityBin(1e-9)).isEqualTo(1);
    assertThat(TrainingMoment.densityBin(0.02)).isEqualTo(TrainingMoment.densityBin(0.03));
    assertThat(TrainingMoment.densityBin(0.02)).isEqualTo(TrainingMoment.densityBin(0.04) - 1);
  }
}
