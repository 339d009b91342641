// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.sweeps;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.dashboard.drawing.Picture;
import sae4j.dashboard.graphs.TradeOffEntry;
import sae4j.dashboard.graphs.TradeOffReport;
import sae4j.evaluation.splice.Estimate;

/// What a sweep found, in its folder and on the terminal.
///
/// @param folder of the sweep
/// @param metrics of each SAE that is done, as its folder has them
/// @param report the same for the library
record SweepReport(SweepFolder folder, List<ObjectNode> metrics, TradeOffReport report) {
  private static final String NAME = "tradeoff";
  private static final List<String> ENDINGS = List.of(".svg", ".png", ".csv", ".json", ".html");

  /// @param cells all of them done
  static SweepReport of(SweepFolder folder, List<SweepCell> cells) throws IOException {
    List<ObjectNode> metrics = new ArrayList<>();
    for (SweepCell cell : cells) {
      metrics.add(folder.metrics(cell));
    }
    Map<String, String> reading = folder.reading();
    String summary =
        "%s at %s; measured on %s tokens that none of the SAEs has seen"
            .formatted(reading.get("model"), reading.get("hook"), reading.get("heldout_tokens"));
    SequencedMap<TradeOffEntry, String> folders = new LinkedHashMap<>();
    metrics.forEach(each -> folders.put(entry(each), each.path("name").asText() + "/"));
    Map<String, String> files = new LinkedHashMap<>();
    for (String ending : List.of(".csv", ".json", ".svg", ".png")) {
      files.put(NAME + ending, NAME + ending);
    }
    return new SweepReport(
        folder,
        metrics,
        new TradeOffReport(
            summary, List.copyOf(folders.sequencedKeySet()), reading, folders, files));
  }

  private static TradeOffEntry entry(ObjectNode metrics) {
    Map<String, Estimate> estimates = new LinkedHashMap<>();
    metrics
        .properties()
        .forEach(
            metric -> {
              if (metric.getValue().isObject()) {
                estimates.put(metric.getKey(), estimate(metric.getValue()));
              }
            });
    return new TradeOffEntry(
        metrics.path("architecture").asText(),
        metrics.path("sparsity").asText(),
        estimates,
        metrics.path("dead_fraction").asDouble(Double.NaN));
  }

  private static Estimate estimate(JsonNode metric) {
    return new Estimate(
        number(metric.path("value")),
        number(metric.path("interval").path(0)),
        number(metric.path("interval").path(1)),
        metric.path("n").asLong());
  }

  /// JSON has null for what is not finite.
  private static double number(JsonNode number) {
    return number.isNumber() ? number.doubleValue() : Double.NaN;
  }

  /// Writes all files; each is replaced as a whole.
  void write() throws IOException {
    Picture picture = report.picture();
    write(".svg", picture.svg());
    write(".png", picture.png());
    write(".csv", report.csv().getBytes(StandardCharsets.UTF_8));
    ObjectNode json = Json.object();
    ArrayNode saes = json.putArray("saes");
    metrics.forEach(saes::add);
    write(".json", Json.pretty(json).getBytes(StandardCharsets.UTF_8));
    write(".html", report.page().bytes());
  }

  /// The names of the files.
  static List<String> files() {
    return ENDINGS.stream().map(NAME::concat).toList();
  }

  private void write(String ending, byte[] content) throws IOException {
    folder.write(NAME + ending, content);
  }

  /// The table for people at a terminal.
  Table table() {
    Table table =
        Table.withColumns("architecture", "sparsity", ">L0", ">expl.var", ">recovered", ">KL");
    for (TradeOffEntry each : report.entries()) {
      table.row(
          each.architecture(),
          each.sparsity(),
          "%.1f".formatted(each.value("l0")),
          "%.4f".formatted(each.value("explained_variance")),
          "%.4f".formatted(each.value("loss_recovered_mean_ablation")),
          "%.4f".formatted(each.value("kl")));
    }
    return table;
  }
}
