// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.awt.Color;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import sae4j.dashboard.drawing.Axis;
import sae4j.dashboard.drawing.Drawing;
import sae4j.dashboard.drawing.Palette;
import sae4j.dashboard.drawing.Picture;
import sae4j.dashboard.drawing.Plot;

/// A run in five panels over its steps: loss, L0, explained variance, dead features, and the
/// distribution of feature densities.
public final class TrainingCurves {
  private static final int WIDTH = 1180;
  private static final int LEFT = 76;
  private static final int PANEL_WIDTH = 470;
  private static final int PANEL_HEIGHT = 200;
  private static final int COLUMN = 560;
  private static final int ROW = 300;
  private static final int TOP = 44;
  private static final int HEIGHT = 3 * ROW + 20;
  private static final Color LINE = Palette.series(0);
  private static final String STEP = "step";

  private final List<TrainingMoment> moments;
  private final double[] steps;

  /// @param moments in order, at least one
  public TrainingCurves(List<TrainingMoment> moments) {
    if (moments.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to draw: no step was taken");
    }
    this.moments = List.copyOf(moments);
    this.steps = moments.stream().mapToDouble(TrainingMoment::step).toArray();
  }

  /// The picture.
  public Picture picture() {
    return new Picture(WIDTH, HEIGHT, this::draw);
  }

  private void draw(Drawing drawing) {
    drawing.rectangle(0, 0, WIDTH, HEIGHT, Palette.PAPER);
    boolean positive = moments.stream().allMatch(moment -> moment.loss() > 0);
    panel(drawing, 0, 0, "loss", positive, TrainingMoment::loss);
    panel(drawing, 1, 0, "explained variance", false, TrainingMoment::explainedVariance);
    panel(drawing, 0, 1, "L0: active features a token", false, TrainingMoment::l0);
    panel(drawing, 1, 1, "dead features, % of all", false, moment -> 100 * moment.deadFraction());
    densities(drawing);
  }

  private void panel(
      Drawing drawing,
      int column,
      int row,
      String title,
      boolean logarithmic,
      ToDoubleFunction<TrainingMoment> value) {
    double[] values = moments.stream().mapToDouble(value).toArray();
    Axis y =
        Arrays.stream(values).allMatch(each -> each == 0)
            ? new Axis(0, 1, false, bottom(row), top(row))
            : Axis.around(values, logarithmic, bottom(row), top(row));
    Plot plot = new Plot(drawing, stepAxis(column), y);
    plot.frame(title, STEP);
    plot.line(steps, values, LINE, moments.size() < 3);
  }

  private Axis stepAxis(int column) {
    double left = LEFT + (double) column * COLUMN;
    return new Axis(0, steps[steps.length - 1], false, left, left + PANEL_WIDTH);
  }

  private static double top(int row) {
    return TOP + (double) row * ROW;
  }

  private static double bottom(int row) {
    return top(row) + PANEL_HEIGHT;
  }

  /// A column for each moment, a cell for each range of densities, darker where more features are.
  private void densities(Drawing drawing) {
    Axis x =
        new Axis(0, steps[steps.length - 1], false, LEFT, LEFT + COLUMN + (double) PANEL_WIDTH);
    double cell = PANEL_HEIGHT / (double) TrainingMoment.DENSITY_BINS;
    int most =
        moments.stream()
            .flatMap(moment -> moment.featuresByDensity().stream())
            .mapToInt(Integer::intValue)
            .max()
            .orElse(1);
    for (int i = 0; i < moments.size(); i++) {
      double left = x.at(i == 0 ? 0 : steps[i - 1]);
      double right = x.at(steps[i]);
      List<Integer> features = moments.get(i).featuresByDensity();
      for (int bin = 0; bin < features.size(); bin++) {
        double share = Math.sqrt(features.get(bin) / (double) Math.max(1, most));
        drawing.rectangle(
            left, bottom(2) - (bin + 1) * cell, right - left + 0.5, cell, shade(share));
      }
    }
    for (int bin = 0; bin < TrainingMoment.DENSITY_BINS; bin++) {
      double log = TrainingMoment.LOWEST_LOG_DENSITY + (bin - 1) / 2.0;
      String label =
          bin == TrainingMoment.SILENT ? "silent" : log == Math.rint(log) ? power((int) log) : "";
      drawing.text(
          LEFT - 10,
          bottom(2) - (bin == 0 ? 0.5 : bin) * cell + 4,
          13,
          false,
          Drawing.Anchor.END,
          Palette.QUIET,
          label);
    }
    drawing.text(
        LEFT,
        top(2) - 14,
        14,
        true,
        Drawing.Anchor.START,
        Palette.INK,
        "features by density: fraction of tokens on which they are active");
    new Plot(drawing, x, new Axis(0, 1, false, bottom(2), top(2))).horizontal(STEP);
  }

  private static String power(int exponent) {
    return String.format(
        Locale.ROOT, "%." + Math.max(0, -2 - exponent) + "f %%", 100 * Math.pow(10, exponent));
  }

  /// From the background's colour for 0 to the line's colour for the maximum. The colour is opaque,
  /// so that overlapping cells show no seam.
  private static Color shade(double share) {
    return new Color(
        mix(Palette.PAPER.getRed(), LINE.getRed(), share),
        mix(Palette.PAPER.getGreen(), LINE.getGreen(), share),
        mix(Palette.PAPER.getBlue(), LINE.getBlue(), share));
  }

  private static int mix(int none, int most, double share) {
    return (int) Math.round(none + (most - none) * share);
  }
}
