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
import sae4j.cli.terminal.Version;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;
import sae4j.training.Trainer;

/// The folder of a sweep: what it was begun with, and what is done so far. An SAE is done once its
/// metrics are there.
final class SweepFolder implements AutoCloseable {
  private static final OutputFolder.Claimant CLAIMANT = Version.claimant("sae sweep");

  /// What the reading says by names, and elsewhere by sums.
  private static final List<String> FOR_PEOPLE = List.of("model", "text");

  static final String ACTIVATIONS = "activations";

  private static final String RECORD = "sweep.json";
  private static final String METRICS = "metrics.json";
  private static final JsonMapper JSON = new JsonMapper();

  private final OutputFolder folder;
  private final ObjectNode record;

  private SweepFolder(OutputFolder folder, ObjectNode record) {
    this.folder = folder;
    this.record = record;
  }

  /// Claims a folder, and begins a sweep or goes on with the one that is there.
  ///
  /// @param cells all of its SAEs
  /// @param reading what the activations depend on
  /// @throws Failure if the folder holds another sweep
  /// @throws IOException if the folder cannot be claimed, see [OutputFolder#own]
  static SweepFolder open(Path path, List<SweepCell> cells, ObjectNode reading) throws IOException {
    ObjectNode record = Json.object();
    record.set("reading", reading);
    ObjectNode saes = record.putObject("saes");
    cells.forEach(cell -> saes.set(cell.name(), cell.describe()));
    OutputFolder folder = OutputFolder.own(path, CLAIMANT);
    try {
      folder.requireOurs(SweepReport.files());
      folder.requireOurs(List.of(RECORD));
      SweepFolder sweep = new SweepFolder(folder, record);
      Path file = sweep.file(RECORD);
      if (Files.exists(file)) {
        requireSame(file, read(file), JSON.readValue(Json.line(record), ObjectNode.class));
      } else {
        sweep.write(RECORD, Json.pretty(record).getBytes(StandardCharsets.UTF_8));
      }
      return sweep;
    } catch (Throwable failure) {
      folder.close();
      throw failure;
    }
  }

  /// The first difference is named.
  private static void requireSame(Path file, ObjectNode begun, ObjectNode asked) {
    for (String part : List.of("reading", "saes")) {
      for (Iterator<String> names = asked.path(part).fieldNames(); names.hasNext(); ) {
        String name = names.next();
        if (!FOR_PEOPLE.contains(name)
            && !asked.path(part).path(name).equals(begun.path(part).path(name))) {
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
    return folder.path().resolve(name);
  }

  /// Replaces a file of the sweep.
  void write(String name, byte[] content) throws IOException {
    folder.write(name, content);
  }

  /// Keeps a state of training, in a file of the sweep.
  void saveCheckpoint(String name, Trainer trainer) throws IOException {
    trainer.saveCheckpoint(folder.entry(name));
  }

  /// Deletes a file of the sweep.
  void delete(String name) throws IOException {
    folder.delete(name);
  }

  /// Claims the folder of the activations, which is a capture in the sweep.
  OutputFolder activations() throws IOException {
    return OutputFolder.own(file(ACTIVATIONS), CLAIMANT);
  }

  /// Something was done that takes time to do again.
  void keep() {
    folder.keep();
  }

  /// The folder of one SAE.
  Path folder(SweepCell cell) {
    return folder.path().resolve(cell.name());
  }

  /// Ends the claim.
  @Override
  public void close() throws IOException {
    folder.close();
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
