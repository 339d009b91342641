package sae4j.cli.sweeps;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.dashboard.drawing.HtmlPage;
import sae4j.dashboard.drawing.Picture;
import sae4j.dashboard.graphs.TradeOffPicture;
import sae4j.dashboard.graphs.TradeOffPoint;
import sae4j.files.AtomicWrite;

/// What a sweep found, as picture, page and tables.
final class TradeOffReport {
  private static final String NAME = "tradeoff";
  private static final List<String> COLUMNS =
      List.of(
          "l0",
          "explained_variance",
          "loss_recovered_mean_ablation",
          "loss_recovered_zero_ablation",
          "kl",
          "loss_clean",
          "loss_sae");

  private final SweepFolder folder;
  private final List<ObjectNode> metrics = new ArrayList<>();

  /// @param cells all of them done
  TradeOffReport(SweepFolder folder, List<SweepCell> cells) throws IOException {
    this.folder = folder;
    for (SweepCell cell : cells) {
      metrics.add(folder.metrics(cell));
    }
  }

  /// Writes all files; each is replaced as a whole.
  void write() throws IOException {
    Picture picture = picture();
    write(".svg", picture.svg());
    write(".png", picture.png());
    write(".csv", csv().getBytes(StandardCharsets.UTF_8));
    ObjectNode json = Json.object();
    ArrayNode saes = json.putArray("saes");
    metrics.forEach(saes::add);
    write(".json", Json.pretty(json).getBytes(StandardCharsets.UTF_8));
    write(
        ".html",
        new HtmlPage("Sparsity against fidelity", summary())
            .picture(picture)
            .heading("The SAEs")
            .table(header(), rows())
            .heading("How they were made")
            .pairs(folder.reading())
            .bytes());
  }

  private void write(String ending, byte[] content) throws IOException {
    AtomicWrite.file(folder.file(NAME + ending), content);
  }

  private String summary() {
    var reading = folder.reading();
    return "%s at %s; measured on %s tokens that none of the SAEs has seen"
        .formatted(reading.get("model"), reading.get("hook"), reading.get("heldout_tokens"));
  }

  private Picture picture() {
    return new TradeOffPicture(
            "Sparsity against fidelity",
            summary(),
            metrics.stream()
                .map(
                    each ->
                        new TradeOffPoint(
                            each.path("architecture").asText(),
                            value(each, "l0"),
                            value(each, "explained_variance"),
                            value(each, "loss_recovered_mean_ablation")))
                .toList())
        .picture();
  }

  private static double value(ObjectNode metrics, String name) {
    return metrics.path(name).path("value").asDouble(Double.NaN);
  }

  /// A row for each SAE, with 95 % intervals.
  private String csv() {
    StringBuilder csv = new StringBuilder("architecture,sparsity");
    COLUMNS.forEach(column -> csv.append(",%s,%s_low,%s_high".formatted(column, column, column)));
    csv.append(",dead_fraction\n");
    for (ObjectNode each : metrics) {
      csv.append(each.path("architecture").asText()).append(',');
      csv.append(each.path("sparsity").asText());
      for (String column : COLUMNS) {
        csv.append(',').append(each.path(column).path("value").asText());
        csv.append(',').append(each.path(column).path("interval").path(0).asText());
        csv.append(',').append(each.path(column).path("interval").path(1).asText());
      }
      csv.append(',').append(each.path("dead_fraction").asText()).append('\n');
    }
    return csv.toString();
  }

  private static List<String> header() {
    return List.of(
        "architecture",
        "sparsity",
        "L0",
        "explained variance",
        "loss recovered, mean",
        "loss recovered, zero",
        "KL, nats",
        "dead");
  }

  private List<List<String>> rows() {
    return metrics.stream()
        .map(
            each ->
                List.of(
                    each.path("architecture").asText(),
                    each.path("sparsity").asText(),
                    "%.1f".formatted(value(each, "l0")),
                    withInterval(each, "explained_variance"),
                    withInterval(each, "loss_recovered_mean_ablation"),
                    withInterval(each, "loss_recovered_zero_ablation"),
                    "%.4f".formatted(value(each, "kl")),
                    "%.1f %%".formatted(100 * each.path("dead_fraction").asDouble())))
        .toList();
  }

  private static String withInterval(ObjectNode metrics, String name) {
    return "%.4f [%.4f, %.4f]"
        .formatted(
            value(metrics, name),
            metrics.path(name).path("interval").path(0).asDouble(),
            metrics.path(name).path("interval").path(1).asDouble());
  }

  /// The table for people at a terminal.
  Table table() {
    Table table =
        Table.withColumns("architecture", "sparsity", ">L0", ">expl.var", ">recovered", ">KL");
    for (ObjectNode each : metrics) {
      table.row(
          each.path("architecture").asText(),
          each.path("sparsity").asText(),
          "%.1f".formatted(value(each, "l0")),
          "%.4f".formatted(value(each, "explained_variance")),
          "%.4f".formatted(value(each, "loss_recovered_mean_ablation")),
          "%.4f".formatted(value(each, "kl")));
    }
    return table;
  }
}
