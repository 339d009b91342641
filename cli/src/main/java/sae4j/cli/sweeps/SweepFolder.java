// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.sweeps;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import sae4j.cli.options.rules.SameRun;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Version;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;
import sae4j.files.whole.WholeFile;
import sae4j.training.Trainer;

/// The folder of a sweep: what it was begun with, and what is done so far. An SAE is done once its
/// metrics are there.
final class SweepFolder implements AutoCloseable {
  private static final OutputFolder.Claimant CLAIMANT = Version.claimant("sae sweep");

  /// What the reading says by names, and elsewhere by sums: the names by the sums.
  private static final Map<String, String> FOR_PEOPLE =
      Map.of("model_identity", "model", "text_identity", "text");

  private static final SameRun SAME =
      new SameRun(
          "sweep",
          Map.ofEntries(
              Map.entry("model", "--model"),
              Map.entry("text", "--text"),
              Map.entry("hook", "--hook"),
              Map.entry("tokens", "--max-tokens"),
              Map.entry("context", "--context"),
              Map.entry("heldout_documents", "--heldout-documents"),
              Map.entry("heldout_tokens", "--heldout-tokens"),
              Map.entry("sae.features", "--features"),
              Map.entry("sae.settings.k", "--k"),
              Map.entry("sae.settings.sparsity-target", "--target-l0"),
              Map.entry("sparsity.l1", "--l1"),
              Map.entry("sparsity.targetL0", "--target-l0"),
              Map.entry("steps", "--steps"),
              Map.entry("batch", "--batch"),
              Map.entry("optimisation.learningRate", "--lr"),
              Map.entry("seed", "--seed")));

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
        requireSame(path, read(file), JSON.readValue(Json.line(record), ObjectNode.class));
      } else {
        sweep.write(RECORD, Json.pretty(record).getBytes(StandardCharsets.UTF_8));
      }
      return sweep;
    } catch (Throwable failure) {
      folder.close();
      throw failure;
    }
  }

  /// The first difference is named by its option.
  private static void requireSame(Path folder, ObjectNode begun, ObjectNode asked) {
    Map<String, JsonNode> before = leaves(begun.path("reading"), "");
    Map<String, JsonNode> now = leaves(asked.path("reading"), "");
    requireSame(folder, before, now);
    List<String> were = List.copyOf(names(begun.path("saes")));
    List<String> are = List.copyOf(names(asked.path("saes")));
    if (!new TreeSet<>(were).equals(new TreeSet<>(are))) {
      throw SAME.differs(folder, "the SAEs", FormatException.list(were), FormatException.list(are));
    }
    for (String name : are) {
      requireSame(
          folder,
          leaves(begun.path("saes").path(name), ""),
          leaves(asked.path("saes").path(name), ""));
    }
  }

  private static void requireSame(
      Path folder, Map<String, JsonNode> begun, Map<String, JsonNode> asked) {
    for (Map.Entry<String, JsonNode> each : asked.entrySet()) {
      String name = each.getKey();
      JsonNode before = begun.getOrDefault(name, MissingNode.getInstance());
      if (FOR_PEOPLE.containsValue(name) || before.equals(each.getValue())) {
        continue;
      }
      String known = FOR_PEOPLE.getOrDefault(name, name);
      String was = begun.getOrDefault(known, before).asText();
      String is = asked.getOrDefault(known, each.getValue()).asText();
      throw SAME.differs(
          folder,
          known.replaceFirst("^sae\\.settings\\.(?!k$|sparsity-target$)", "--set "),
          was,
          is + (was.equals(is) ? ", which has changed" : ""));
    }
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /// All values, those of nested objects by a path with points.
  private static Map<String, JsonNode> leaves(JsonNode object, String prefix) {
    Map<String, JsonNode> leaves = new LinkedHashMap<>();
    object
        .properties()
        .forEach(
            each -> {
              if (each.getValue().isObject()) {
                leaves.putAll(leaves(each.getValue(), prefix + each.getKey() + "."));
              } else {
                leaves.put(prefix + each.getKey(), each.getValue());
              }
            });
    return leaves;
  }

  private static ObjectNode read(Path file) throws IOException {
    try {
      if (JSON.readTree(WholeFile.bytes(file)) instanceof ObjectNode object) {
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
