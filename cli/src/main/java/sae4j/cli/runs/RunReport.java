// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import sae4j.dashboard.graphs.TrainingReport;

/// A run as a page, `report.html`: its curves, what it was made with, and on what.
record RunReport(RunFolder folder, TrainingHistory history) {
  static final String FILE = "report.html";

  /// Writes the page; without a step there is none.
  ///
  /// @param record of the run, as it is in the folder
  void write(ObjectNode record) throws IOException {
    if (history.moments().isEmpty()) {
      return;
    }
    Map<String, Map<String, String>> sections = new LinkedHashMap<>();
    record
        .properties()
        .forEach(
            part -> {
              if (part.getValue().isObject()) {
                sections.put(part.getKey().replace('_', ' '), pairs(part.getValue()));
              }
            });
    sections.put("the run", pairs(record));
    TrainingReport report =
        new TrainingReport(folder.name(), end(record.path("metrics")), history.moments());
    Map<String, String> files = new LinkedHashMap<>();
    files.put("what it was made with", "run.json");
    files.put("the numbers of the curves", "history.jsonl");
    files.keySet().removeIf(each -> !Files.exists(folder.path().resolve(files.get(each))));
    folder.write(FILE, report.page(sections, files).bytes());
  }

  private static TrainingReport.End end(JsonNode metrics) {
    return new TrainingReport.End(
        metrics.path("steps").asLong(),
        metrics.path("loss").asDouble(),
        metrics.path("l0").asDouble(),
        metrics.path("explained_variance").asDouble(),
        metrics.path("dead_fraction").asDouble());
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
