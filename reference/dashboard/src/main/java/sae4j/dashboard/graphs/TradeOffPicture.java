// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import sae4j.dashboard.drawing.Axis;
import sae4j.dashboard.drawing.Drawing;
import sae4j.dashboard.drawing.Palette;
import sae4j.dashboard.drawing.Picture;
import sae4j.dashboard.drawing.Plot;

/// The article's graph, with a line for each architecture: L0 against Loss Recovered, and beside it
/// L0 against explained variance. Up and to the left is better.
public final class TradeOffPicture {
  private static final int PANEL = 470;
  private static final int HEIGHT = 520;
  private static final int LEFT = 64;
  private static final int TOP = 110;
  private static final int BOTTOM = 66;
  private static final int LABELS = 130;
  private static final double LABEL_GAP = 18;

  private record Measure(String name, ToDoubleFunction<TradeOffPoint> value) {}

  private final String title;
  private final String subtitle;
  private final List<TradeOffPoint> points;
  private final SequencedMap<String, List<TradeOffPoint>> series = new LinkedHashMap<>();

  /// @param title what was compared
  /// @param subtitle the data: model, hook, tokens
  /// @param points in any order; architectures keep the order in which they first appear
  public TradeOffPicture(String title, String subtitle, List<TradeOffPoint> points) {
    if (points.isEmpty()) {
      throw new IllegalArgumentException("there are no SAEs to compare");
    }
    this.title = title;
    this.subtitle = subtitle;
    this.points = List.copyOf(points);
    for (TradeOffPoint point : points) {
      series.computeIfAbsent(point.architecture(), name -> new ArrayList<>()).add(point);
    }
    series.values().forEach(line -> line.sort(Comparator.comparingDouble(TradeOffPoint::l0)));
  }

  /// The picture: two panels where Loss Recovered was measured, one where it was not.
  public Picture picture() {
    List<Measure> measures = new ArrayList<>();
    if (points.stream().allMatch(point -> Double.isFinite(point.lossRecovered()))) {
      measures.add(
          new Measure("Loss Recovered, mean-ablation baseline", TradeOffPoint::lossRecovered));
    }
    measures.add(new Measure("explained variance", TradeOffPoint::explainedVariance));
    int width = LEFT + measures.size() * (PANEL + LABELS) + (measures.size() - 1) * LEFT;
    return new Picture(width, HEIGHT, drawing -> draw(drawing, width, measures));
  }

  private void draw(Drawing drawing, int width, List<Measure> measures) {
    drawing.rectangle(0, 0, width, HEIGHT, Palette.PAPER);
    drawing.text(LEFT, 42, 22, true, Drawing.Anchor.START, Palette.INK, title);
    drawing.text(LEFT, 66, 14, false, Drawing.Anchor.START, Palette.QUIET, subtitle);
    for (int panel = 0; panel < measures.size(); panel++) {
      drawPanel(drawing, LEFT + panel * (PANEL + LABELS + LEFT), measures.get(panel));
    }
  }

  private void drawPanel(Drawing drawing, double left, Measure measure) {
    double bottom = HEIGHT - BOTTOM;
    Axis x =
        Axis.around(
            points.stream().mapToDouble(TradeOffPoint::l0).toArray(), true, left, left + PANEL);
    Axis y = Axis.around(points.stream().mapToDouble(measure.value).toArray(), false, bottom, TOP);
    Plot plot = new Plot(drawing, x, y);
    plot.frame(measure.name, "L0: active features a token");
    int index = 0;
    for (List<TradeOffPoint> line : series.values()) {
      plot.line(
          line.stream().mapToDouble(TradeOffPoint::l0).toArray(),
          line.stream().mapToDouble(measure.value).toArray(),
          Palette.series(index++),
          true);
    }
    drawLabels(drawing, left + PANEL + 12, y, measure);
  }

  /// Names are beside the ends of their lines, moved apart where they would touch.
  private void drawLabels(Drawing drawing, double left, Axis y, Measure measure) {
    List<Label> downwards = new ArrayList<>();
    series.forEach(
        (name, line) ->
            downwards.add(
                new Label(
                    name,
                    Palette.series(downwards.size()),
                    y.at(measure.value.applyAsDouble(line.getLast())))));
    downwards.sort(Comparator.comparingDouble(Label::end));
    double[] places = spread(downwards.stream().mapToDouble(Label::end).toArray());
    for (int i = 0; i < places.length; i++) {
      Label label = downwards.get(i);
      drawing.text(left, places[i] + 4, 14, true, Drawing.Anchor.START, label.colour, label.name);
    }
  }

  /// The name of a line, and where the line ends.
  private record Label(String name, Color colour, double end) {}

  /// The nearest positions in the same order that are at least a line apart. Groups that touch are
  /// centred together.
  static double[] spread(double[] ascending) {
    List<List<Double>> groups = new ArrayList<>();
    for (double place : ascending) {
      groups.add(new ArrayList<>(List.of(place)));
      while (groups.size() > 1
          && top(groups.getLast()) - bottom(groups.get(groups.size() - 2)) < LABEL_GAP) {
        List<Double> last = groups.removeLast();
        groups.getLast().addAll(last);
      }
    }
    return groups.stream()
        .flatMapToDouble(
            group -> IntStream.range(0, group.size()).mapToDouble(i -> top(group) + i * LABEL_GAP))
        .toArray();
  }

  private static double centre(List<Double> group) {
    return group.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static double top(List<Double> group) {
    return centre(group) - (group.size() - 1) * LABEL_GAP / 2;
  }

  private static double bottom(List<Double> group) {
    return centre(group) + (group.size() - 1) * LABEL_GAP / 2;
  }
}
