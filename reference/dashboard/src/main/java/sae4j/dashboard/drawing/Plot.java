// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.awt.Color;

/// Lines in a coordinate system.
///
/// @param x from left to right
/// @param y from bottom to top
public record Plot(Drawing drawing, Axis x, Axis y) {
  private static final double DOT = 3.6;
  private static final double NEAR = 9;
  private static final double TEXT = 13;

  /// Draws what stands around the lines: ticks with their numbers, a title above, and the name of
  /// the horizontal axis below.
  public void frame(String title, String horizontal) {
    double left = x.from();
    double right = x.to();
    for (double tick : y.ticks()) {
      drawing.line(left, y.at(tick), right, y.at(tick), 1, Palette.GRID);
      label(left - 10, y.at(tick) + 4, Drawing.Anchor.END, y.label(tick));
    }
    drawing.text(left, y.to() - 14, 14, true, Drawing.Anchor.START, Palette.INK, title);
    horizontal(horizontal);
  }

  /// Draws the horizontal axis alone.
  public void horizontal(String name) {
    double bottom = y.from();
    for (double tick : x.ticks()) {
      drawing.line(x.at(tick), bottom, x.at(tick), bottom + 5, 1, Palette.QUIET);
      label(x.at(tick), bottom + 22, Drawing.Anchor.MIDDLE, x.label(tick));
    }
    drawing.line(x.from(), bottom, x.to(), bottom, 1, Palette.QUIET);
    drawing.text(x.to(), bottom + 46, 14, false, Drawing.Anchor.END, Palette.INK, name);
  }

  private void label(double px, double py, Drawing.Anchor anchor, String text) {
    drawing.text(px, py, TEXT, false, anchor, Palette.QUIET, text);
  }

  /// Draws what is known of a point: a bar from the lower to the upper bound, where both are
  /// finite.
  public void interval(double at, double low, double high, Color colour) {
    if (Double.isFinite(low) && Double.isFinite(high) && low < high) {
      drawing.line(x.at(at), y.at(low), x.at(at), y.at(high), 1.2, colour);
    }
  }

  /// Says something of a point while the pointer is near it.
  public void hint(double at, double value, String text) {
    if (Double.isFinite(value)) {
      drawing.hint(x.at(at), y.at(value), NEAR, text);
    }
  }

  /// Draws a line through points; where one is not a finite number, the line is interrupted.
  ///
  /// @param dots whether each point is marked
  public void line(double[] xs, double[] ys, Color colour, boolean dots) {
    for (int i = 0; i < xs.length; i++) {
      if (!finite(xs, ys, i)) {
        continue;
      }
      if (i > 0 && finite(xs, ys, i - 1)) {
        drawing.line(x.at(xs[i - 1]), y.at(ys[i - 1]), x.at(xs[i]), y.at(ys[i]), 2, colour);
      }
      if (dots) {
        drawing.circle(x.at(xs[i]), y.at(ys[i]), DOT, colour);
      }
    }
  }

  private static boolean finite(double[] xs, double[] ys, int i) {
    return Double.isFinite(xs[i]) && Double.isFinite(ys[i]);
  }
}
