// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.Arrays;
import java.util.Collections;

/// The way from the end of the residual stream to the logits: the final norm and the unembedding,
/// seen from outside the model.
final class DirectPath {
  /// Directions are scaled to this norm first, so that the ε of the final norm is negligible beside
  /// it.
  private static final double PROBE_NORM = 1000;

  private DirectPath() {}

  /// See [LanguageModel#unembed].
  static FloatRows unembed(LanguageModel model, FloatRows directionsFxD) {
    int width = model.modelWidth();
    if (directionsFxD.width() != width) {
      throw new IllegalArgumentException(
          "unembed: directions are %d wide, the residual stream of %s is %d"
              .formatted(directionsFxD.width(), model.name(), width));
    }
    HookPoint end =
        model.hookPoints().stream()
            .filter(hook -> hook.site() == HookPoint.Site.RESID_POST)
            .reduce((earlier, later) -> later)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "unembed: " + model.name() + " has no hook_resid_post"));
    boolean centres = centresItsInput(model, end);
    int count = directionsFxD.rows();
    FloatRows probes = FloatRows.zeros(2 * count, width);
    double[] norms = new double[count];
    for (int f = 0; f < count; f++) {
      double[] direction = new double[width];
      for (int d = 0; d < width; d++) {
        direction[d] = directionsFxD.at(f, d);
      }
      double mean = centres ? Arrays.stream(direction).average().orElse(0) : 0;
      norms[f] = Math.sqrt(Arrays.stream(direction).map(v -> (v - mean) * (v - mean)).sum());
      for (int d = 0; norms[f] > 0 && d < width; d++) {
        float probe = (float) ((direction[d] - mean) * PROBE_NORM / norms[f]);
        probes.values()[2 * f * width + d] = probe;
        probes.values()[(2 * f + 1) * width + d] = -probe;
      }
    }
    FloatRows logits = model.unboundedLogits(oneTokenEach(2 * count), end, probes);
    FloatRows result = FloatRows.zeros(count, logits.width());
    for (int f = 0; f < count; f++) {
      double factor = norms[f] / Math.sqrt(width) / 2;
      for (int v = 0; v < logits.width(); v++) {
        result.values()[f * logits.width() + v] =
            (float) (factor * ((double) logits.at(2 * f, v) - logits.at(2 * f + 1, v)));
      }
    }
    return result;
  }

  private static boolean centresItsInput(LanguageModel model, HookPoint end) {
    FloatRows constant = FloatRows.zeros(2, model.modelWidth());
    Arrays.fill(constant.values(), 0, model.modelWidth(), 1f);
    Arrays.fill(constant.values(), model.modelWidth(), 2 * model.modelWidth(), -1f);
    FloatRows logits = model.unboundedLogits(oneTokenEach(2), end, constant);
    double difference = 0;
    double size = 0;
    for (int v = 0; v < logits.width(); v++) {
      difference += Math.abs(logits.at(0, v) - logits.at(1, v));
      size += Math.abs(logits.at(0, v)) + Math.abs(logits.at(1, v));
    }
    // Without a bias both are zero where the norm leaves nothing: no difference then, either.
    return difference <= 1e-3 * size || size == 0;
  }

  /// Nothing after the end of the residual stream depends on the tokens, so any token will do.
  private static TokenBatch oneTokenEach(int sequences) {
    return TokenBatch.of(Collections.nCopies(sequences, new int[] {0}));
  }
}
