// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import sae4j.evaluation.splice.Estimate;
import sae4j.evaluation.splice.LossMetric;
import sae4j.evaluation.splice.LossRecovered;

/// [LossRecovered] for people and for machines.
public record LossReport(LossRecovered measured) {

  /// An object for each metric: value, 95 % interval, number of tokens or sequences, definition.
  public ObjectNode asJson() {
    ObjectNode all = Json.object();
    for (LossMetric metric : LossMetric.of(measured)) {
      Estimate estimate = metric.estimate();
      ObjectNode object = all.putObject(metric.key());
      Json.put(object, "value", estimate.value());
      var interval = object.putArray("interval");
      for (double end : new double[] {estimate.low(), estimate.high()}) {
        if (Double.isFinite(end)) {
          interval.add(end);
        } else {
          interval.addNull();
        }
      }
      if (measured.sequences() < 2) {
        object.put("no_interval", "one sequence was read, an interval needs two or more");
      }
      object.put("n", estimate.n()).put("definition", metric.definition());
    }
    return all;
  }

  /// Each metric as a plain number, as every other measurement has it, and behind them all of it as
  /// [#asJson] has it.
  ///
  /// @throws Failure as [#printTo]
  public ObjectNode asNumbers() {
    requireFinite();
    ObjectNode all = Json.object();
    for (LossMetric metric : LossMetric.of(measured)) {
      Json.put(all, metric.key(), metric.estimate().value());
    }
    all.set("estimates", asJson());
    return all;
  }

  /// Losses are numbers. What is recovered of a loss that no ablation raises is not.
  private void requireFinite() {
    for (LossMetric metric : LossMetric.of(measured)) {
      double value = metric.estimate().value();
      if (!Double.isFinite(value) && !metric.key().startsWith("loss_recovered")) {
        throw new Failure(
            ("%s is %s: the text has too few tokens that differ, or the weights of the model or of"
                    + " the SAE are too large or no numbers; give more text, or other weights")
                .formatted(metric.label(), value));
      }
    }
  }

  /// Prints a row for each metric, and says what the intervals are.
  ///
  /// @throws Failure if a metric that is always a number is not finite
  public void printTo(Console console) {
    requireFinite();
    Table table = Table.withColumns("metric", ">value", ">95 % interval", ">n", "definition");
    for (LossMetric metric : LossMetric.of(measured)) {
      Estimate estimate = metric.estimate();
      table.row(
          metric.label(),
          "%.4f".formatted(estimate.value()),
          Double.isNaN(estimate.low())
              ? "unknown"
              : "%.4f … %.4f".formatted(estimate.low(), estimate.high()),
          "%,d".formatted(estimate.n()),
          metric.definition());
    }
    table.printTo(console.out());
    if (measured.sequences() < 2) {
      console.say(
          "no intervals: they need two sequences or more, and one was read; give a higher"
              + " --max-tokens or a shorter --context");
      return;
    }
    console.say(
        ("intervals: bootstrap over %,d sequences; the first token of each and document starts stay"
                + " as they are")
            .formatted(measured.sequences()));
  }
}
