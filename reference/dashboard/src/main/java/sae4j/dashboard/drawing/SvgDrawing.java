// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.awt.Color;
import java.util.Locale;
import java.util.regex.Pattern;

/// Draws into the text of an SVG file.
final class SvgDrawing implements Drawing {
  private static final Pattern RUN_OF_BLANKS = Pattern.compile(" {2,}");

  private final StringBuilder body = new StringBuilder();
  private final int width;
  private final int height;

  SvgDrawing(int width, int height) {
    this.width = width;
    this.height = height;
  }

  @Override
  public void rectangle(double x, double y, double w, double h, Color fill) {
    body.append(
        "<rect x='%s' y='%s' width='%s' height='%s' %s/>%n"
            .formatted(n(x), n(y), n(w), n(h), fill(fill)));
  }

  @Override
  public void circle(double x, double y, double radius, Color fill) {
    body.append(
        "<circle cx='%s' cy='%s' r='%s' %s/>%n".formatted(n(x), n(y), n(radius), fill(fill)));
  }

  @Override
  public void ring(double x, double y, double radius, double lineWidth, Color colour) {
    body.append(
        "<circle cx='%s' cy='%s' r='%s' fill='none' %s/>%n"
            .formatted(n(x), n(y), n(radius), stroke(lineWidth, colour)));
  }

  @Override
  public void line(double x1, double y1, double x2, double y2, double lineWidth, Color colour) {
    body.append(
        "<line x1='%s' y1='%s' x2='%s' y2='%s' stroke-linecap='round' %s/>%n"
            .formatted(n(x1), n(y1), n(x2), n(y2), stroke(lineWidth, colour)));
  }

  @Override
  public void polygon(double[] x, double[] y, Color fill) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < x.length; i++) {
      points.append(i == 0 ? "" : " ").append(n(x[i])).append(',').append(n(y[i]));
    }
    body.append("<polygon points='%s' %s/>%n".formatted(points, fill(fill)));
  }

  @Override
  public void text(
      double x, double y, double size, boolean bold, Anchor anchor, Color colour, String text) {
    String escaped = unbroken(text).replace("&", "&amp;").replace("<", "&lt;");
    body.append(
        "<text x='%s' y='%s' font-size='%s' font-weight='%s' text-anchor='%s' %s>%s</text>%n"
            .formatted(
                n(x),
                n(y),
                n(size),
                bold ? "600" : "400",
                anchor.name().toLowerCase(Locale.ROOT),
                fill(colour),
                escaped));
  }

  /// A viewer makes one blank of several, unless they are of the kind that does not break. Control
  /// characters have no place in XML.
  private static String unbroken(String text) {
    return RUN_OF_BLANKS
        .matcher(text.replaceAll("\\p{Cntrl}", " "))
        .replaceAll(run -> "\u00a0".repeat(run.end() - run.start()));
  }

  @Override
  public void hint(double x, double y, double radius, String text) {
    body.append(
        ("<circle cx='%s' cy='%s' r='%s' fill='none' pointer-events='all'>"
                + "<title>%s</title></circle>%n")
            .formatted(
                n(x), n(y), n(radius), unbroken(text).replace("&", "&amp;").replace("<", "&lt;")));
  }

  private static String fill(Color colour) {
    return "fill='%s'%s".formatted(rgb(colour), opacity("fill", colour));
  }

  private static String stroke(double lineWidth, Color colour) {
    return "stroke='%s' stroke-width='%s'%s"
        .formatted(rgb(colour), n(lineWidth), opacity("stroke", colour));
  }

  private static String rgb(Color colour) {
    return "#%06x".formatted(colour.getRGB() & 0xFFFFFF);
  }

  private static String opacity(String what, Color colour) {
    return colour.getAlpha() == 255
        ? ""
        : " %s-opacity='%s'".formatted(what, n(colour.getAlpha() / 255.0));
  }

  /// Two decimals at most: a hundredth of a pixel is not seen.
  private static String n(double value) {
    return String.format(Locale.ROOT, "%.2f", value).replaceAll("\\.?0+$", "");
  }

  /// The whole file.
  String svg() {
    return ("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d'"
            + " font-family='%s'>%n%s</svg>%n")
        .formatted(
            width,
            height,
            width,
            height,
            "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif",
            body);
  }
}
