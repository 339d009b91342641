// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Starts `cli/bin/sae` in a folder.
///
/// @param script the launcher
/// @param folder where it is started
/// @param environment variables that are set
record Launcher(Path script, Path folder, Map<String, String> environment) {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /// The project's own launcher, with the program that the current build has made.
  static Launcher ofProject(Path folder) {
    return new Launcher(
        projectRoot().resolve("cli/bin/sae"), folder, Map.of("SAE_SKIP_BUILD", "1"));
  }

  static Path projectRoot() {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("cli/bin/sae"))) {
      Path parent = root.getParent();
      if (parent == null) {
        throw new IllegalStateException("no cli/bin/sae above " + Path.of("").toAbsolutePath());
      }
      root = parent;
    }
    return root;
  }

  /// The outcome of a process.
  record Ended(int exitCode, String out, String err) {
    /// Standard output as the one JSON object that it must be.
    JsonNode json() throws IOException {
      String line = out.strip();
      if (line.contains("\n")) {
        throw new IllegalStateException("more than one line: " + line);
      }
      return new JsonMapper().readTree(line);
    }
  }

  /// A running process whose output goes to files.
  record Running(Process process, Path out, Path err) {
    Ended await() throws IOException, InterruptedException {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            "still running after " + PATIENCE + ": " + Files.readString(err));
      }
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }
  }

  Running start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("sae", ".out");
    Path err = Files.createTempFile("sae", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder
        .environment()
        .keySet()
        .removeAll(List.of("SAE_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    out.toFile().deleteOnExit();
    err.toFile().deleteOnExit();
    return new Running(builder.start(), out, err);
  }

  Ended run(String... arguments) throws IOException, InterruptedException {
    return start(arguments).await();
  }
}
