// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;

/// The folder of one training run: the checkpoint, the record `run.json`, and in the end the SAE as
/// SAELens reads it. A folder that holds a run is continued or left alone, never overwritten.
public final class RunFolder {
  private static final String RECORD = "run.json";
  private static final String OPTIONS = "options";

  /// Recorded for an SAE that was trained together with others: the folder of that run.
  static final String PART_OF = "part_of";

  private static final List<String> RESULTS =
      List.of("checkpoint.safetensors", "cfg.json", "sae_weights.safetensors");

  private final Path folder;
  private final boolean begunBefore;
  private final List<Path> created = new ArrayList<>();

  private RunFolder(Path folder, boolean begunBefore) {
    this.folder = folder;
    this.begunBefore = begunBefore;
  }

  /// A folder for a new run.
  ///
  /// @throws Failure if it already holds a run, or is no folder
  public static RunFolder forNewRun(Path folder) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new Failure(
          "%s: is a file; a folder is needed, choose another --out".formatted(folder));
    }
    for (String result : RESULTS) {
      if (Files.exists(folder.resolve(result))) {
        throw new Failure(
            "%s: already holds %s; add --resume to continue that run, or choose another --out"
                .formatted(folder, result));
      }
    }
    return new RunFolder(folder, false);
  }

  /// The folder of a run that was begun before.
  ///
  /// @throws Failure if it holds none
  public static RunFolder ofRun(Path folder) {
    if (!Files.exists(folder.resolve(RECORD))) {
      throw new Failure(
          "%s: holds no %s, so there is no run to continue; leave out --resume to begin one"
              .formatted(folder, RECORD));
    }
    return new RunFolder(folder, true);
  }

  /// What the folder is called.
  String name() {
    return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
  }

  /// The folder itself.
  public Path path() {
    return folder;
  }

  /// Where the run's state is kept.
  public Path checkpoint() {
    return folder.resolve(RESULTS.getFirst());
  }

  /// Whether there is a state to continue from: a run may have ended before it saved one.
  public boolean hasCheckpoint() {
    return Files.exists(checkpoint());
  }

  /// Makes the folder, with those above it.
  public void create() throws IOException {
    for (Path missing = folder.toAbsolutePath().normalize();
        missing != null && !Files.exists(missing);
        missing = missing.getParent()) {
      created.addFirst(missing);
    }
    Files.createDirectories(folder);
  }

  /// After a failure: what a new run made is removed, unless it has left something worth keeping.
  public void abandon() throws IOException {
    if (begunBefore
        || !Files.isDirectory(folder)
        || RESULTS.stream().anyMatch(result -> Files.exists(folder.resolve(result)))) {
      return;
    }
    Files.deleteIfExists(folder.resolve(RECORD));
    for (Path each : created.reversed()) {
      try {
        Files.deleteIfExists(each);
      } catch (DirectoryNotEmptyException somebodyElsesFiles) {
        return;
      }
    }
  }

  /// The options that the run was begun with, by name.
  ///
  /// @throws FormatException if the record cannot be read
  public Map<String, String> recordedOptions() throws IOException {
    Path record = folder.resolve(RECORD);
    @Nullable JsonNode options;
    try {
      options = new JsonMapper().readTree(Files.readAllBytes(record)).get(OPTIONS);
    } catch (com.fasterxml.jackson.core.JacksonException malformed) {
      throw new FormatException(
          record, "JSON", "cannot be read", "begin a new run in another folder", malformed);
    }
    if (options == null || !options.isObject()) {
      throw new FormatException(
          record, OPTIONS, "are missing", "begin a new run in another folder");
    }
    Map<String, String> byName = new LinkedHashMap<>();
    options.properties().forEach(option -> byName.put(option.getKey(), option.getValue().asText()));
    String whole = byName.get(PART_OF);
    if (whole != null) {
      throw new Failure(
          "%s: was trained together with other SAEs; to continue: sae train --resume --out %s"
              .formatted(folder, whole));
    }
    return byName;
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
    byte[] text = Json.pretty(whole).getBytes(StandardCharsets.UTF_8);
    writing(() -> AtomicWrite.file(folder.resolve(RECORD), text));
    return whole;
  }

  /// Something that writes into the folder.
  @FunctionalInterface
  public interface Writing {
    void run() throws IOException;
  }

  /// Runs it so that a failure which the system reports without a path names this folder.
  public void writing(Writing work) throws IOException {
    try {
      work.run();
    } catch (FormatException | FileSystemException named) {
      throw named;
    } catch (IOException unnamed) {
      throw new FileSystemException(folder.toString(), null, unnamed.getMessage());
    }
  }
}
