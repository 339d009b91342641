package sae4j.cli.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import sae4j.dashboard.drawing.HtmlPage;
import sae4j.dashboard.graphs.TrainingCurves;
import sae4j.files.AtomicWrite;

/// A run as a page, `report.html`: its curves, what it was made with, and on what.
record TrainingReport(RunFolder folder, TrainingHistory history) {
  private static final String FILE = "report.html";

  /// Writes the page; without a step there is none.
  ///
  /// @param record of the run, as it is in the folder
  void write(ObjectNode record) throws IOException {
    if (history.moments().isEmpty()) {
      return;
    }
    HtmlPage page =
        new HtmlPage("Training of " + folder.name(), summary(record.path("metrics")))
            .picture(new TrainingCurves(history.moments()).picture());
    record
        .properties()
        .forEach(
            part -> {
              if (part.getValue().isObject()) {
                page.heading(heading(part.getKey())).pairs(pairs(part.getValue()));
              }
            });
    page.heading("the run").pairs(pairs(record));
    folder.writing(() -> AtomicWrite.file(folder.path().resolve(FILE), page.bytes()));
  }

  private static String summary(JsonNode metrics) {
    return "after %,d steps: loss %.4g, L0 %.1f, explained variance %.4f, %.1f %% of the features dead"
        .formatted(
            metrics.path("steps").asLong(),
            metrics.path("loss").asDouble(),
            metrics.path("l0").asDouble(),
            metrics.path("explained_variance").asDouble(),
            100 * metrics.path("dead_fraction").asDouble());
  }

  private static String heading(String key) {
    return key.replace('_', ' ');
  }

  private static Map<String, String> pairs(JsonNode object) {
    Map<String, String> pairs = new LinkedHashMap<>();
    object
        .properties()
        .forEach(
            pair -> {
              if (pair.getValue().isValueNode()) {
                pairs.put(pair.getKey(), pair.getValue().asText());
              }
            });
    return pairs;
  }
}
