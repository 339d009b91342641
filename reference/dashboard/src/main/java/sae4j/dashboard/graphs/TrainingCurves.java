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

/// A run in five pictures over its steps: loss, explained variance, L0, dead features, and the
/// distribution of feature densities. Each is narrow enough to be read on a telephone.
public final class TrainingCurves {
  private static final int WIDTH = 450;
  private static final int HEIGHT = 290;
  private static final int LEFT = 68;
  private static final int RIGHT = 430;
  private static final int TOP = 34;
  private static final int BOTTOM = 234;
  private static final Color LINE = Palette.series(0);
  private static final String STEP = "step";

  private final List<TrainingMoment> moments;
  private final double[] steps;

  /// One of the curves.
  ///
  /// @param least the least distance between the ends of its axis; where logarithmic, the ratio
  private record Curve(
      String title, boolean logarithmic, double least, ToDoubleFunction<TrainingMoment> value) {}

  /// @param moments in order, at least one
  public TrainingCurves(List<TrainingMoment> moments) {
    if (moments.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to draw: no step was taken");
    }
    this.moments = List.copyOf(moments);
    this.steps = moments.stream().mapToDouble(TrainingMoment::step).toArray();
  }

  /// The pictures.
  public List<Picture> pictures() {
    boolean positive = moments.stream().allMatch(moment -> moment.loss() > 0);
    return List.of(
        picture(new Curve("loss", positive, positive ? 1.1 : 0.1, TrainingMoment::loss)),
        picture(new Curve("explained variance", false, 0.01, TrainingMoment::explainedVariance)),
        picture(new Curve("L0: active features a token", false, 1, TrainingMoment::l0)),
        picture(
            new Curve("dead features, % of all", false, 1, moment -> 100 * moment.deadFraction())),
        new Picture(WIDTH, HEIGHT, this::densities));
  }

  private Picture picture(Curve curve) {
    return new Picture(WIDTH, HEIGHT, drawing -> draw(drawing, curve));
  }

  private void draw(Drawing drawing, Curve curve) {
    double[] values = moments.stream().mapToDouble(curve.value).toArray();
    Axis y =
        Arrays.stream(values).allMatch(each -> each == 0)
            ? new Axis(0, 1, false, BOTTOM, TOP)
            : Axis.around(values, curve.logarithmic, curve.least, BOTTOM, TOP);
    Plot plot = new Plot(drawing, stepAxis(), y);
    plot.frame(curve.title, STEP);
    plot.line(steps, values, LINE, moments.size() < 3);
    for (int i = 0; i < values.length; i++) {
      plot.hint(
          steps[i], values[i], String.format(Locale.ROOT, "step %,.0f: %.4g", steps[i], values[i]));
    }
  }

  private Axis stepAxis() {
    return new Axis(0, steps[steps.length - 1], false, LEFT, RIGHT);
  }

  /// A column for each moment, a cell for each range of densities, darker where more features are.
  private void densities(Drawing drawing) {
    Axis x = stepAxis();
    double cell = (BOTTOM - TOP) / (double) TrainingMoment.DENSITY_BINS;
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
            left, BOTTOM - (bin + 1) * cell, right - left + 0.5, cell, Palette.shade(share));
      }
    }
    for (int bin = 0; bin < TrainingMoment.DENSITY_BINS; bin++) {
      double log = TrainingMoment.LOWEST_LOG_DENSITY + (bin - 1) / 2.0;
      String label =
          bin == TrainingMoment.SILENT ? "silent" : log == Math.rint(log) ? power((int) log) : "";
      drawing.text(
          LEFT - 10,
          BOTTOM - (bin == 0 ? 0.5 : bin) * cell + 4,
          13,
          false,
          Drawing.Anchor.END,
          Palette.QUIET,
          label);
    }
    drawing.text(
        LEFT,
        TOP - 14,
        14,
        true,
        Drawing.Anchor.START,
        Palette.INK,
        "features by the fraction of tokens they are active on");
    new Plot(drawing, x, new Axis(0, 1, false, BOTTOM, TOP)).horizontal(STEP);
  }

  private static String power(int exponent) {
    return String.format(
        Locale.ROOT, "%." + Math.max(0, -2 - exponent) + "f %%", 100 * Math.pow(10, exponent));
  }
}
