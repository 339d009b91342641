package sae4j.cli.terminal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import sae4j.evaluation.splice.Estimate;
import sae4j.evaluation.splice.LossRecovered;

/// [LossRecovered] for people and for machines.
public record LossReport(LossRecovered measured) {
  /// A metric as it is shown.
  private record Metric(String label, Estimate estimate, String definition) {}

  private Map<String, Metric> metrics() {
    Map<String, Metric> metrics = new LinkedHashMap<>();
    metrics.put("l0", new Metric("L0", measured.l0(), "mean number of active features a token"));
    metrics.put(
        "explained_variance",
        new Metric(
            "explained variance", measured.explainedVariance(), "1 − Σ‖x̂ − x‖² / Σ‖x − mean‖²"));
    metrics.put(
        "loss_clean",
        new Metric(
            "loss, clean",
            measured.lossClean(),
            "cross-entropy of the next token, nats, model left alone"));
    metrics.put(
        "loss_sae", new Metric("loss, SAE", measured.lossSae(), "the same with x̂ in place of x"));
    metrics.put(
        "loss_mean_ablation",
        new Metric(
            "loss, mean", measured.lossMeanAblation(), "the same with the mean in place of x"));
    metrics.put(
        "loss_zero_ablation",
        new Metric("loss, zero", measured.lossZeroAblation(), "the same with 0 in place of x"));
    metrics.put(
        "loss_recovered_mean_ablation",
        new Metric(
            "loss recovered, mean",
            measured.lossRecoveredMeanAblation(),
            "(L(mean) − L(SAE)) / (L(mean) − L(clean))"));
    metrics.put(
        "loss_recovered_zero_ablation",
        new Metric(
            "loss recovered, zero",
            measured.lossRecoveredZeroAblation(),
            "(L(zero) − L(SAE)) / (L(zero) − L(clean))"));
    metrics.put(
        "kl", new Metric("KL", measured.kl(), "KL(clean ‖ with SAE) of the next token, nats"));
    return metrics;
  }

  /// An object for each metric: value, 95 % interval, number of tokens or sequences, definition.
  public ObjectNode asJson() {
    ObjectNode all = Json.object();
    metrics()
        .forEach(
            (key, metric) -> {
              Estimate estimate = metric.estimate;
              ObjectNode object = all.putObject(key);
              Json.put(object, "value", estimate.value());
              var interval = object.putArray("interval");
              for (double end : new double[] {estimate.low(), estimate.high()}) {
                if (Double.isFinite(end)) {
                  interval.add(end);
                } else {
                  interval.addNull();
                }
              }
              object.put("n", estimate.n()).put("definition", metric.definition);
            });
    return all;
  }

  /// Prints a row for each metric, and says what the intervals are.
  public void printTo(Console console) {
    Table table = Table.withColumns("metric", ">value", ">95 % interval", ">n", "definition");
    metrics()
        .values()
        .forEach(
            metric ->
                table.row(
                    metric.label,
                    "%.4f".formatted(metric.estimate.value()),
                    "%.4f … %.4f".formatted(metric.estimate.low(), metric.estimate.high()),
                    "%,d".formatted(metric.estimate.n()),
                    metric.definition));
    table.printTo(console.out());
    console.say(
        "intervals: bootstrap over %,d sequences; the first token of each and document starts stay as they are"
            .formatted(measured.sequences()));
  }
}
