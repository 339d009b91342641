// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PaletteTest {
  @Test
  void every_colour_of_a_picture_in_a_page_has_one_for_the_dark() {
    assertThat(Palette.inTheDark().keySet())
        .contains(Palette.PAPER, Palette.INK, Palette.QUIET, Palette.GRID)
        .containsAll(Palette.SERIES);
    for (int i = 0; i <= 100; i++) {
      assertThat(Palette.inTheDark()).containsKey(Palette.shade(i / 100.0));
    }
  }

  @Test
  void text_in_the_colour_of_any_series_can_be_read_on_light_and_dark_paper() {
    Color darkPaper = Objects.requireNonNull(Palette.inTheDark().get(Palette.PAPER));
    for (int i = 0; i < Palette.SERIES.size(); i++) {
      Color series = Palette.series(i);
      assertThat(contrast(series, Palette.PAPER)).as("series %d, light", i).isGreaterThan(4.5);
      assertThat(contrast(Objects.requireNonNull(Palette.inTheDark().get(series)), darkPaper))
          .as("series %d, dark", i)
          .isGreaterThan(4.5);
    }
  }

  /// WCAG 2.1, 1.4.3.
  private static double contrast(Color a, Color b) {
    double high = Math.max(luminance(a), luminance(b));
    double low = Math.min(luminance(a), luminance(b));
    return (high + 0.05) / (low + 0.05);
  }

  private static double luminance(Color colour) {
    return 0.2126 * linear(colour.getRed())
        + 0.7152 * linear(colour.getGreen())
        + 0.0722 * linear(colour.getBlue());
  }

  private static double linear(int channel) {
    double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
  }
}
