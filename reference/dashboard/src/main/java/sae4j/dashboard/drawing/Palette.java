// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The colours that all pictures share.
public final class Palette {
  private Palette() {}

  public static final Color PAPER = new Color(0xFDFCF9);
  public static final Color INK = new Color(0x22252B);
  public static final Color QUIET = new Color(0x6E737C);
  public static final Color GRID = new Color(0xE3E0D8);

  /// For series: told apart by people with any colour vision (after Okabe and Ito 2008, darkened
  /// for white paper so that text in them can be read).
  public static final List<Color> SERIES =
      List.of(
          new Color(0x1F5FA8),
          new Color(0xBC4A1A),
          new Color(0x0A7A5C),
          new Color(0xA8488C),
          new Color(0x8A6200),
          new Color(0x2A79A3),
          new Color(0x55595F),
          new Color(0x7A3E00),
          new Color(0x6B5BB5),
          new Color(0x2E6B2E));

  /// The same on dark paper, in the same order.
  private static final List<Color> DARK_SERIES =
      List.of(
          new Color(0x8AB8F0),
          new Color(0xF0996A),
          new Color(0x5CC9A4),
          new Color(0xE29BCB),
          new Color(0xE3BC5A),
          new Color(0x8FD0F0),
          new Color(0xB4B9C2),
          new Color(0xD6A272),
          new Color(0xB5A8F2),
          new Color(0x8CCB8C));

  private static final Color DARK_PAPER = new Color(0x15171B);
  private static final int SHADES = 24;

  /// The colour of a series.
  ///
  /// @param index from 0; colours repeat after ten
  public static Color series(int index) {
    return SERIES.get(index % SERIES.size());
  }

  /// From the paper's colour for 0 to that of the first series for 1, in a few steps. It is opaque,
  /// so that overlapping cells show no seam.
  public static Color shade(double share) {
    return shade(PAPER, SERIES.getFirst(), (int) Math.round(Math.clamp(share, 0, 1) * SHADES));
  }

  private static Color shade(Color none, Color most, int step) {
    return new Color(
        mix(none.getRed(), most.getRed(), step),
        mix(none.getGreen(), most.getGreen(), step),
        mix(none.getBlue(), most.getBlue(), step));
  }

  private static int mix(int none, int most, int step) {
    return Math.round(none + (most - none) * (step / (float) SHADES));
  }

  /// Every colour that a picture in a page may have, and what stands for it on dark paper.
  static SequencedMap<Color, Color> inTheDark() {
    SequencedMap<Color, Color> colours = new LinkedHashMap<>();
    for (int step = 0; step <= SHADES; step++) {
      colours.put(
          shade(PAPER, SERIES.getFirst(), step), shade(DARK_PAPER, DARK_SERIES.getFirst(), step));
    }
    colours.put(INK, new Color(0xE8E6E1));
    colours.put(QUIET, new Color(0xA3A8B1));
    colours.put(GRID, new Color(0x31353C));
    for (int i = 0; i < SERIES.size(); i++) {
      colours.put(SERIES.get(i), DARK_SERIES.get(i));
    }
    return colours;
  }
}
