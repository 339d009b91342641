// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.sweeps;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;

/// The folder of a sweep: what it was begun with, and what is done so far. An SAE is done once its
/// metrics are there.
final class SweepFolder {
  private static final String RECORD = "sweep.json";
  private static final String METRICS = "metrics.json";
  private static final JsonMapper JSON = new JsonMapper();

  private final Path folder;
  private final ObjectNode record;

  private SweepFolder(Path folder, ObjectNode record) {
    this.folder = folder;
    this.record = record;
  }

  /// Begins a sweep, or goes on with the one that is there.
  ///
  /// @param cells all of its SAEs
  /// @param reading what the activations depend on
  /// @throws Failure if the folder holds another sweep, or anything else
  static SweepFolder open(Path folder, List<SweepCell> cells, ObjectNode reading)
      throws IOException {
    ObjectNode record = Json.object();
    record.set("reading", reading);
    ObjectNode saes = record.putObject("saes");
    cells.forEach(cell -> saes.set(cell.name(), cell.describe()));
    Path file = folder.resolve(RECORD);
    if (Files.exists(file)) {
      requireSame(file, read(file), JSON.readValue(Json.line(record), ObjectNode.class));
    } else {
      requireEmpty(folder);
      Files.createDirectories(folder);
      AtomicWrite.file(file, Json.pretty(record).getBytes(StandardCharsets.UTF_8));
    }
    return new SweepFolder(folder, record);
  }

  private static void requireEmpty(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new Failure(
          "%s: is a file; a folder is needed, choose another --out".formatted(folder));
    }
    if (Files.isDirectory(folder)) {
      try (var content = Files.list(folder)) {
        if (content.findAny().isPresent()) {
          throw new Failure(
              "%s: is not empty and holds no sweep; choose another --out".formatted(folder));
        }
      }
    }
  }

  /// The first difference is named.
  private static void requireSame(Path file, ObjectNode begun, ObjectNode asked) {
    for (String part : List.of("reading", "saes")) {
      for (Iterator<String> names = asked.path(part).fieldNames(); names.hasNext(); ) {
        String name = names.next();
        if (!asked.path(part).path(name).equals(begun.path(part).path(name))) {
          throw new Failure(
              "%s: the sweep was begun with %s %s, not %s; give the same options, or another --out"
                  .formatted(file, name, begun.path(part).path(name), asked.path(part).path(name)));
        }
      }
    }
    if (begun.path("saes").size() != asked.path("saes").size()) {
      throw new Failure(
          "%s: the sweep was begun with %d SAEs, not %d; give the same options, or another --out"
              .formatted(file, begun.path("saes").size(), asked.path("saes").size()));
    }
  }

  private static ObjectNode read(Path file) throws IOException {
    try {
      if (JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
        return object;
      }
      throw new FormatException(file, "JSON", "is not an object", "sweep into another folder");
    } catch (JsonProcessingException malformed) {
      throw new FormatException(
          file, "JSON", "cannot be read", "sweep into another folder", malformed);
    }
  }

  /// What the sweep depends on, beside its SAEs.
  Map<String, String> reading() {
    Map<String, String> reading = new LinkedHashMap<>();
    record
        .path("reading")
        .properties()
        .forEach(entry -> reading.put(entry.getKey(), entry.getValue().asText()));
    return reading;
  }

  /// A file of the sweep.
  Path file(String name) {
    return folder.resolve(name);
  }

  /// The folder of one SAE.
  Path folder(SweepCell cell) {
    return folder.resolve(cell.name());
  }

  /// Whether an SAE is trained and measured.
  boolean isDone(SweepCell cell) {
    return Files.exists(folder(cell).resolve(METRICS));
  }

  /// Ends an SAE.
  void finish(SweepCell cell, ObjectNode metrics) throws IOException {
    AtomicWrite.file(
        folder(cell).resolve(METRICS), Json.pretty(metrics).getBytes(StandardCharsets.UTF_8));
  }

  /// What was measured of an SAE that is done.
  ObjectNode metrics(SweepCell cell) throws IOException {
    return read(folder(cell).resolve(METRICS));
  }
}
