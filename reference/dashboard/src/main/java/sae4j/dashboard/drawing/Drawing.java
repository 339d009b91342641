// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.awt.Color;

/// A surface to draw on, in units that are pixels of the SVG; y grows downwards.
public interface Drawing {
  /// Where a text stands relative to its point.
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  void rectangle(double x, double y, double width, double height, Color fill);

  void circle(double x, double y, double radius, Color fill);

  void ring(double x, double y, double radius, double lineWidth, Color colour);

  void line(double x1, double y1, double x2, double y2, double lineWidth, Color colour);

  void polygon(double[] x, double[] y, Color fill);

  void text(
      double x, double y, double size, boolean bold, Anchor anchor, Color colour, String text);

  /// What a viewer shows while the pointer is near a place; pixels have none.
  default void hint(double x, double y, double radius, String text) {}

  /// A line with a head at its second end.
  default void arrow(double x1, double y1, double x2, double y2, double lineWidth, Color colour) {
    double length = Math.hypot(x2 - x1, y2 - y1);
    double head = Math.min(length, 2 * lineWidth + 7);
    double ux = (x2 - x1) / length;
    double uy = (y2 - y1) / length;
    double baseX = x2 - head * ux;
    double baseY = y2 - head * uy;
    double half = 0.45 * head;
    line(x1, y1, baseX, baseY, lineWidth, colour);
    polygon(
        new double[] {x2, baseX - half * uy, baseX + half * uy},
        new double[] {y2, baseY + half * ux, baseY - half * ux},
        colour);
  }
}
