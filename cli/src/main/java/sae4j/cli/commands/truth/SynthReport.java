// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.truth;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.evaluation.synthetic.TruthMetrics;

/// What `sae synth` found: how well each SAE knows the features of the world.
///
/// @param trueFeatures of the world
/// @param width D
/// @param dictionary features of each SAE
/// @param steps of training
/// @param batch rows a step
/// @param samples rows that the SAEs were judged by
/// @param judged each SAE
/// @param seconds that all of it took
record SynthReport(
    int trueFeatures,
    int width,
    int dictionary,
    long steps,
    int batch,
    int samples,
    List<Judged> judged,
    double seconds) {

  /// One SAE.
  record Judged(String architecture, TruthMetrics truth) {}

  /// Everything.
  ///
  /// @param targetL0 that was asked for
  /// @param backend that computed
  ObjectNode asJson(int targetL0, String backend) {
    ObjectNode result = Json.object().put("backend", backend);
    result.put("features", trueFeatures).put("d_model", width).put("width", dictionary);
    result.put("target_l0", targetL0).put("steps", steps).put("batch", batch);
    result.put("samples", samples);
    Json.put(result, "true_l0", trueL0());
    ArrayNode saes = result.putArray("saes");
    for (Judged one : judged) {
      TruthMetrics truth = one.truth;
      ObjectNode each = saes.addObject().put("architecture", one.architecture);
      Json.put(each, "f1", truth.f1());
      Json.put(each, "precision", truth.precision());
      Json.put(each, "recall", truth.recall());
      Json.put(each, "mcc", truth.mcc());
      Json.put(each, "mmcs", truth.mmcs());
      Json.put(each, "uniqueness", truth.uniqueness());
      Json.put(each, "explained_variance", truth.reconstruction().explainedVariance());
      Json.put(each, "l0", truth.reconstruction().l0());
      Json.put(each, "l2_ratio", truth.reconstruction().l2Ratio());
      Json.put(each, "dead_fraction", truth.reconstruction().deadFraction());
    }
    Json.put(result, "seconds", seconds);
    return result;
  }

  private double trueL0() {
    return judged.getFirst().truth.trueL0();
  }

  /// A row for each SAE.
  void printTo(Console console) {
    Table table =
        Table.withColumns(
            "architecture",
            ">F1",
            ">precision",
            ">recall",
            ">MCC",
            ">MMCS",
            ">unique",
            ">expl. variance",
            ">L0",
            ">dead");
    for (Judged one : judged) {
      TruthMetrics truth = one.truth;
      table.row(
          one.architecture,
          "%.4f".formatted(truth.f1()),
          "%.4f".formatted(truth.precision()),
          "%.4f".formatted(truth.recall()),
          "%.4f".formatted(truth.mcc()),
          "%.4f".formatted(truth.mmcs()),
          "%.4f".formatted(truth.uniqueness()),
          "%.4f".formatted(truth.reconstruction().explainedVariance()),
          "%.1f".formatted(truth.reconstruction().l0()),
          "%.1f %%".formatted(100 * truth.reconstruction().deadFraction()));
    }
    table.printTo(console.out());
    console.say(
        "%,d true features, %.1f of them in a row, %d wide; SAEs of %,d features; %,d rows seen,"
                .formatted(trueFeatures, trueL0(), width, dictionary, steps * batch)
            + " judged by %,d others; %.0f s".formatted(samples, seconds));
  }
}
