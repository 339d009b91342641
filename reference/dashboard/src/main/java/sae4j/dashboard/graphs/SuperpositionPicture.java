// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.awt.Color;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.IntStream;
import sae4j.activations.toy.ToyModel;
import sae4j.dashboard.drawing.Drawing;
import sae4j.dashboard.drawing.Palette;
import sae4j.dashboard.drawing.Picture;
import sae4j.evaluation.DictionaryMatch;
import sae4j.evaluation.toy.ToyRecovery;

/// The picture of a [ToyRecovery]. In two dimensions it shows arrows over the activations that the
/// SAE saw: broad ones for true features, thin ones for learned features. In more dimensions it
/// shows the cosine of every true feature with every learned one. Learned features are in the order
/// of the true features they match, so full recovery is a diagonal.
public final class SuperpositionPicture {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 800;
  private static final int MARGIN = 60;
  private static final int TOP = 120;
  private static final int PLOT = WIDTH - 2 * MARGIN;
  private static final int DOTS = 1500;

  private static final Color DOT = new Color(0x3B, 0x6E, 0xA8, 0x38);
  private static final Color TRUE = new Color(0xF2B66D);
  private static final Color LEARNED = new Color(0x1F4E79);
  private static final Color OPPOSITE = new Color(0xC4532D);

  private final ToyRecovery recovery;
  private final int features;
  private final int width;

  public SuperpositionPicture(ToyRecovery recovery) {
    this.recovery = recovery;
    this.features = recovery.model().settings().features();
    this.width = recovery.model().settings().hidden();
  }

  /// The picture.
  public Picture picture() {
    return new Picture(WIDTH, HEIGHT, this::draw);
  }

  private void draw(Drawing drawing) {
    drawing.rectangle(0, 0, WIDTH, HEIGHT, Palette.PAPER);
    DictionaryMatch match = recovery.match();
    String dimensions = width == 1 ? "1 dimension" : width + " dimensions";
    drawing.text(
        MARGIN,
        52,
        24,
        true,
        Drawing.Anchor.START,
        Palette.INK,
        "%d features in %s".formatted(features, dimensions));
    drawing.text(
        MARGIN,
        80,
        15,
        false,
        Drawing.Anchor.START,
        Palette.QUIET,
        String.format(
            Locale.ROOT,
            "found again by a sparse autoencoder: mean cosine %.4f, worst %.4f",
            match.meanMaxCosineSimilarity(),
            Arrays.stream(match.bestCosine()).min().orElse(Double.NaN)));
    if (width == 2) {
      drawArrows(drawing);
    } else {
      drawCosines(drawing);
    }
  }

  // -------------------------------------------------------------------------------- two dimensions

  private void drawArrows(Drawing drawing) {
    double centreX = WIDTH / 2.0;
    double centreY = TOP + PLOT / 2.0;
    double[] trueGD = recovery.model().directionsGD();
    double longest = Arrays.stream(ToyModel.norms(trueGD, 2)).max().orElse(1);
    double unit = 0.42 * PLOT / longest;
    drawing.ring(centreX, centreY, unit * longest, 1, Palette.GRID);
    drawing.ring(centreX, centreY, unit * longest / 2, 1, Palette.GRID);
    drawing.line(centreX - PLOT / 2.0, centreY, centreX + PLOT / 2.0, centreY, 1, Palette.GRID);
    drawing.line(centreX, centreY - PLOT / 2.0, centreX, centreY + PLOT / 2.0, 1, Palette.GRID);
    drawDots(drawing, centreX, centreY, unit);
    for (int g = 0; g < features; g++) {
      double x = unit * trueGD[2 * g];
      double y = -unit * trueGD[2 * g + 1];
      if (Math.hypot(x, y) > 1) {
        drawing.arrow(centreX, centreY, centreX + x, centreY + y, 12, TRUE);
        double outside = 1 + 22 / Math.hypot(x, y);
        drawing.text(
            centreX + outside * x,
            centreY + outside * y + 5,
            15,
            true,
            Drawing.Anchor.MIDDLE,
            Palette.INK,
            Integer.toString(g));
      }
    }
    double[] learnedFD = recovery.decoderFD();
    double learnedLength = 0.86 * unit * longest;
    for (int f = 0; f < learnedFD.length / 2; f++) {
      drawing.arrow(
          centreX,
          centreY,
          centreX + learnedLength * learnedFD[2 * f],
          centreY - learnedLength * learnedFD[2 * f + 1],
          2.6,
          LEARNED);
    }
    drawing.circle(centreX, centreY, 4, LEARNED);
    double legend = HEIGHT - 38.0;
    drawing.arrow(MARGIN, legend - 5, MARGIN + 46, legend - 5, 7, TRUE);
    drawing.text(MARGIN + 56, legend, 14, false, Drawing.Anchor.START, Palette.INK, "true feature");
    drawing.arrow(MARGIN + 190, legend - 5, MARGIN + 236, legend - 5, 2.6, LEARNED);
    drawing.text(
        MARGIN + 246,
        legend,
        14,
        false,
        Drawing.Anchor.START,
        Palette.INK,
        "learned decoder vector");
    drawing.circle(
        MARGIN + 448, legend - 5, 3, new Color(DOT.getRed(), DOT.getGreen(), DOT.getBlue()));
    drawing.text(MARGIN + 462, legend, 14, false, Drawing.Anchor.START, Palette.INK, "activation");
  }

  private void drawDots(Drawing drawing, double centreX, double centreY, double unit) {
    float[] activationsTD = recovery.activationsTD();
    for (int t = 0; t < Math.min(DOTS, activationsTD.length / 2); t++) {
      double x = centreX + unit * activationsTD[2 * t];
      double y = centreY - unit * activationsTD[2 * t + 1];
      if (Math.abs(x - centreX) < PLOT / 2.0 && Math.abs(y - centreY) < PLOT / 2.0) {
        drawing.circle(x, y, 2.2, DOT);
      }
    }
  }

  // ------------------------------------------------------------------------------- more dimensions

  private void drawCosines(Drawing drawing) {
    double[] trueGD = recovery.model().directionsGD();
    double[] learnedFD = recovery.decoderFD();
    int learned = learnedFD.length / width;
    int[] order = matchedFirst(learned);
    double cell = Math.min(PLOT / (double) learned, PLOT / (double) features);
    double left = MARGIN + (PLOT - cell * learned) / 2;
    drawing.rectangle(left, TOP, cell * learned, cell * features, Color.WHITE);
    double[] trueNorms = ToyModel.norms(trueGD, width);
    double[] learnedNorms = ToyModel.norms(learnedFD, width);
    double gap = cell > 12 ? 1 : 0;
    for (int g = 0; g < features; g++) {
      for (int place = 0; place < learned; place++) {
        int f = order[place];
        double dot = 0;
        for (int d = 0; d < width; d++) {
          dot += trueGD[g * width + d] * learnedFD[f * width + d];
        }
        double lengths = trueNorms[g] * learnedNorms[f];
        Color colour = colourOf(lengths == 0 ? 0 : dot / lengths);
        drawing.rectangle(left + place * cell, TOP + g * cell, cell - gap, cell - gap, colour);
      }
    }
    drawing.text(
        left,
        TOP - 10,
        13,
        false,
        Drawing.Anchor.START,
        Palette.QUIET,
        "rows: true features   columns: learned features, matched");
    drawScale(drawing);
  }

  /// Learned features in the order of the true features that they match best; those that match none
  /// come last.
  private int[] matchedFirst(int learned) {
    int[] owner = new int[learned];
    Arrays.fill(owner, features);
    for (int g = features - 1; g >= 0; g--) {
      owner[recovery.match().bestMatch()[g]] = g;
    }
    return IntStream.range(0, learned)
        .boxed()
        .sorted(Comparator.comparingInt(f -> owner[f]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static void drawScale(Drawing drawing) {
    int steps = 100;
    double length = 260;
    double left = (WIDTH - length) / 2;
    double y = HEIGHT - 56.0;
    for (int i = 0; i < steps; i++) {
      // Neighbours overlap a little, because otherwise viewers show hairlines between them.
      drawing.rectangle(
          left + i * length / steps,
          y,
          length / steps + 0.5,
          12,
          colourOf(2 * i / (steps - 1.0) - 1));
    }
    drawing.text(left, y + 30, 13, false, Drawing.Anchor.MIDDLE, Palette.QUIET, "−1");
    drawing.text(
        left + length / 2, y + 30, 13, false, Drawing.Anchor.MIDDLE, Palette.QUIET, "cosine 0");
    drawing.text(left + length, y + 30, 13, false, Drawing.Anchor.MIDDLE, Palette.QUIET, "1");
  }

  private static Color colourOf(double cosine) {
    Color full = cosine >= 0 ? LEARNED : OPPOSITE;
    double strength = Math.min(1, Math.abs(cosine));
    return new Color(
        mix(full.getRed(), strength),
        mix(full.getGreen(), strength),
        mix(full.getBlue(), strength));
  }

  private static int mix(int channel, double strength) {
    return (int) Math.round(248 + (channel - 248) * strength);
  }
}
