// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ShellWord;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;
import sae4j.files.whole.WholeFile;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.SaeWeights;
import sae4j.training.Trainer;

/// The folder of one training run: the checkpoint, the record `run.json`, and in the end the SAE as
/// SAELens reads it. It is claimed for as long as the run is at work. A folder that holds a run is
/// continued or left alone, never overwritten.
public final class RunFolder implements AutoCloseable {
  private static final String RECORD = "run.json";
  private static final String OPTIONS = "options";

  /// Recorded for an SAE that was trained together with others: the folder of that run.
  static final String PART_OF = "part_of";

  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final List<String> RESULTS =
      List.of(CHECKPOINT, "cfg.json", "sae_weights.safetensors");

  /// What a run writes in the end.
  private static final List<String> FILES =
      Stream.concat(
              RESULTS.stream(),
              Stream.of(RECORD, RunReport.FILE, TrainingHistory.FILE, TrainingHistory.PENDING))
          .toList();

  private static final JsonMapper JSON = new JsonMapper();

  private final OutputFolder folder;

  private RunFolder(OutputFolder folder) {
    this.folder = folder;
  }

  /// Claims a folder for a new run.
  ///
  /// @throws Failure if it already holds a run
  /// @throws IOException if the folder cannot be claimed, see [OutputFolder#own]
  public static RunFolder forNewRun(Path folder, OutputFolder.Claimant claimant)
      throws IOException {
    RunFolder run = new RunFolder(OutputFolder.own(folder, claimant));
    try {
      Optional<String> result = resultIn(run.path());
      if (result.isPresent()) {
        throw new Failure(
            "%s: already holds %s; %schoose another --out"
                .formatted(
                    folder,
                    result.get(),
                    Files.exists(run.path().resolve(RECORD))
                        ? "add --resume to continue that run, or "
                        : ""));
      }
      run.folder.requireOurs(FILES);
      return run;
    } catch (Throwable failure) {
      run.close();
      throw failure;
    }
  }

  private static Optional<String> resultIn(Path folder) {
    return RESULTS.stream().filter(each -> Files.exists(folder.resolve(each))).findFirst();
  }

  /// Claims the folder of a run that was begun before.
  ///
  /// @throws Failure if it holds none
  /// @throws IOException if the folder cannot be claimed, see [OutputFolder#own]
  public static RunFolder ofRun(Path folder, OutputFolder.Claimant claimant) throws IOException {
    if (!Files.exists(folder.resolve(RECORD))) {
      throw new Failure(
          "%s: holds no %s, so there is no run to continue; begin one %s"
              .formatted(
                  folder,
                  RECORD,
                  resultIn(folder).isPresent() ? "in another --out" : "without --resume"));
    }
    RunFolder run = new RunFolder(OutputFolder.own(folder, claimant));
    try {
      run.folder.requireOurs(FILES);
      return run;
    } catch (Throwable foreign) {
      run.close();
      throw foreign;
    }
  }

  /// A run's part of a folder that was claimed for more than the run.
  ///
  /// @throws IOException if a file of somebody else has the name of one of the run's
  public static RunFolder in(OutputFolder folder) throws IOException {
    folder.requireOurs(FILES);
    return new RunFolder(folder);
  }

  /// What the folder is called.
  String name() {
    return String.valueOf(path().getFileName());
  }

  /// The folder itself, absolute.
  public Path path() {
    return folder.path();
  }

  /// Whether there is a state to continue from: a run may have ended before it saved one.
  public boolean hasCheckpoint() {
    return Files.exists(checkpoint());
  }

  /// Where the run's state is kept.
  public Path checkpoint() {
    return path().resolve(CHECKPOINT);
  }

  /// Replaces the run's state. From then on the folder is worth keeping.
  public void saveCheckpoint(Trainer trainer) throws IOException {
    trainer.saveCheckpoint(folder.entry(CHECKPOINT));
    folder.keep();
  }

  /// From now on the folder is worth keeping.
  public void keep() {
    folder.keep();
  }

  /// Saves the SAE. From then on the folder is worth keeping.
  public void saveSae(SaeWeights weights) throws IOException {
    SaeFiles.save(path(), weights);
    folder.keep();
  }

  /// Replaces a file beside the SAE.
  public void write(String name, byte[] content) throws IOException {
    folder.write(name, content);
  }

  /// The options that the run was begun with, by name.
  ///
  /// @throws FormatException if the record cannot be read
  public Map<String, String> recordedOptions() throws IOException {
    JsonNode options = recorded(OPTIONS);
    if (!options.isObject()) {
      throw new FormatException(
          recordFile(), OPTIONS, "are missing", "begin a new run in another folder");
    }
    Map<String, String> byName = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> each : options.properties()) {
      if (!each.getValue().isTextual()) {
        throw new FormatException(
            recordFile(),
            OPTIONS + "." + each.getKey(),
            "is " + each.getValue() + ", expected a text",
            "begin a new run in another folder");
      }
      byName.put(each.getKey(), each.getValue().textValue());
    }
    String whole = byName.get(PART_OF);
    if (whole != null) {
      throw new Failure(
          "%s: was trained together with other SAEs; to continue: sae train --resume --out %s"
              .formatted(path(), ShellWord.of(whole)));
    }
    return byName;
  }

  /// Where the options are recorded.
  Path recordFile() {
    return path().resolve(RECORD);
  }

  /// Refuses a folder whose SAE was trained together with others in another run than this.
  ///
  /// @param whole the folder of the run that goes on
  void requirePartOf(RunFolder whole) throws IOException {
    String recorded = recorded(OPTIONS).path(PART_OF).asText();
    if (!recorded.equals(whole.path().toString())) {
      throw new Failure(
          ("%s: belongs to the run in %s, not to the one in %s; continue that one, or begin a new"
                  + " run in another folder")
              .formatted(path(), recorded.isEmpty() ? path() : recorded, whole.path()));
    }
  }

  /// A part of the record; a missing node where it has none of that name.
  ///
  /// @throws FormatException if the record cannot be read
  public JsonNode recorded(String part) throws IOException {
    try {
      return JSON.readTree(WholeFile.bytes(recordFile())).path(part);
    } catch (com.fasterxml.jackson.core.JacksonException malformed) {
      throw new FormatException(
          recordFile(), "JSON", "cannot be read", "begin a new run in another folder", malformed);
    }
  }

  /// Replaces the record.
  ///
  /// @param options of the run, by name; read back by [#recordedOptions]
  /// @param rest what else is worth knowing
  /// @return the record as it is now
  public ObjectNode record(Map<String, String> options, ObjectNode rest) throws IOException {
    ObjectNode whole = Json.object();
    ObjectNode recorded = whole.putObject(OPTIONS);
    options.forEach(recorded::put);
    whole.setAll(rest);
    write(RECORD, Json.pretty(whole).getBytes(StandardCharsets.UTF_8));
    return whole;
  }

  /// Ends the claim. What a new run made is removed, unless it has left something worth keeping.
  @Override
  public void close() throws IOException {
    folder.close();
  }
}
