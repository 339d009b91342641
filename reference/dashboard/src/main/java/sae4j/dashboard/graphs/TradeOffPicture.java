// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import sae4j.dashboard.drawing.Axis;
import sae4j.dashboard.drawing.Drawing;
import sae4j.dashboard.drawing.Palette;
import sae4j.dashboard.drawing.Picture;
import sae4j.dashboard.drawing.Plot;
import sae4j.evaluation.splice.Estimate;

/// The article's graph, with a line for each architecture: L0 against Loss Recovered, and beside it
/// L0 against explained variance. Up and to the left is better. Bars are 95 % intervals.
public final class TradeOffPicture {
  private static final String L0 = "l0";
  private static final double LEAST_RATIO = 1.25;
  private static final double LEAST_DISTANCE = 0.01;
  private static final double LABEL_GAP = 18;

  /// What is on the vertical axis.
  ///
  /// @param key of the estimate
  private record Measure(String name, String key) {}

  /// Where things are within a panel, in pixels.
  ///
  /// @param left of the plot, for the numbers of its axis
  /// @param plot its width
  /// @param labels right of it, for the names of the lines
  /// @param top above it
  private record Layout(int left, int plot, int labels, int top, int height) {
    static final Layout WIDE = new Layout(64, 470, 130, 110, 520);
    static final Layout NARROW = new Layout(52, 300, 98, 40, 400);
    static final int BOTTOM = 66;

    int width() {
      return left + plot + labels;
    }
  }

  private final List<TradeOffEntry> entries;
  private final SequencedMap<String, List<TradeOffEntry>> series = new LinkedHashMap<>();

  /// @param entries in any order; architectures keep the order in which they first appear
  public TradeOffPicture(List<TradeOffEntry> entries) {
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("there are no SAEs to compare");
    }
    this.entries = List.copyOf(entries);
    for (TradeOffEntry entry : entries) {
      series.computeIfAbsent(entry.architecture(), name -> new ArrayList<>()).add(entry);
    }
    series
        .values()
        .forEach(line -> line.sort(Comparator.comparingDouble(entry -> entry.value(L0))));
  }

  /// The picture for a file of its own: two panels where Loss Recovered was measured, one where it
  /// was not.
  ///
  /// @param title what was compared
  /// @param subtitle the data: model, hook, tokens
  public Picture picture(String title, String subtitle) {
    Layout layout = Layout.WIDE;
    List<Measure> measures = measures();
    return new Picture(
        measures.size() * layout.width(),
        layout.height,
        drawing -> {
          drawing.rectangle(0, 0, measures.size() * layout.width(), layout.height, Palette.PAPER);
          drawing.text(layout.left, 42, 22, true, Drawing.Anchor.START, Palette.INK, title);
          drawing.text(layout.left, 66, 14, false, Drawing.Anchor.START, Palette.QUIET, subtitle);
          for (int panel = 0; panel < measures.size(); panel++) {
            draw(drawing, layout, panel * layout.width() + layout.left, measures.get(panel));
          }
        });
  }

  /// The panels one by one, without a title and narrow enough for a telephone: for a page.
  public List<Picture> panels() {
    Layout layout = Layout.NARROW;
    return measures().stream()
        .map(
            measure ->
                new Picture(
                    layout.width(),
                    layout.height,
                    drawing -> draw(drawing, layout, layout.left, measure)))
        .toList();
  }

  private List<Measure> measures() {
    List<Measure> measures = new ArrayList<>();
    String recovered = "loss_recovered_mean_ablation";
    if (entries.stream().allMatch(entry -> Double.isFinite(entry.value(recovered)))) {
      measures.add(new Measure("Loss Recovered, mean-ablation baseline", recovered));
    }
    measures.add(new Measure("explained variance", "explained_variance"));
    return measures;
  }

  private void draw(Drawing drawing, Layout layout, double left, Measure measure) {
    double[] l0 = entries.stream().mapToDouble(entry -> entry.value(L0)).toArray();
    double[] values = entries.stream().mapToDouble(entry -> entry.value(measure.key)).toArray();
    Axis x = Axis.around(l0, true, LEAST_RATIO, left, left + layout.plot);
    Axis y = Axis.around(values, false, LEAST_DISTANCE, layout.height - Layout.BOTTOM, layout.top);
    Plot plot = new Plot(drawing, x, y);
    plot.frame(measure.name, "L0: active features a token");
    int index = 0;
    for (List<TradeOffEntry> line : series.values()) {
      Color colour = Palette.series(index++);
      plot.line(
          line.stream().mapToDouble(entry -> entry.value(L0)).toArray(),
          line.stream().mapToDouble(entry -> entry.value(measure.key)).toArray(),
          colour,
          true);
      for (TradeOffEntry entry : line) {
        mark(plot, entry, measure, colour);
      }
    }
    drawLabels(drawing, left + layout.plot + 12, y, measure);
  }

  /// The interval may reach beyond the axis, which ends a little beyond the values.
  private static void mark(Plot plot, TradeOffEntry entry, Measure measure, Color colour) {
    Estimate estimate = entry.estimate(measure.key);
    plot.interval(
        entry.value(L0),
        Math.max(plot.y().low(), estimate.low()),
        Math.min(plot.y().high(), estimate.high()),
        colour);
    plot.hint(
        entry.value(L0),
        estimate.value(),
        String.format(
            Locale.ROOT,
            "%s %s: L0 %.1f, %s %.4f (%.4f to %.4f)",
            entry.architecture(),
            entry.sparsity(),
            entry.value(L0),
            measure.name,
            estimate.value(),
            estimate.low(),
            estimate.high()));
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
                    y.at(line.getLast().value(measure.key)))));
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
