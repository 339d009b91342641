// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.awt.Color;
import java.util.List;

/// The colours that all pictures share.
public final class Palette {
  private Palette() {}

  public static final Color PAPER = new Color(0xFDFCF9);
  public static final Color INK = new Color(0x22252B);
  public static final Color QUIET = new Color(0x6E737C);
  public static final Color GRID = new Color(0xE3E0D8);

  /// For series: told apart by people with any colour vision (after Okabe and Ito 2008, darkened
  /// for white paper).
  public static final List<Color> SERIES =
      List.of(
          new Color(0x1F5FA8),
          new Color(0xC8501E),
          new Color(0x0B8A68),
          new Color(0xA8488C),
          new Color(0xB07D00),
          new Color(0x3F9BC8),
          new Color(0x55595F),
          new Color(0x7A3E00),
          new Color(0x6B5BB5),
          new Color(0x2E6B2E));

  /// The colour of a series.
  ///
  /// @param index from 0; colours repeat after ten
  public static Color series(int index) {
    return SERIES.get(index % SERIES.size());
  }
}
