// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import sae4j.fuzzing.Fuzzing.Fault;

/// The program as a user starts it, `cli/bin/sae`, which signals can reach.
///
/// @param out what is said on standard output
/// @param err and on standard error
record Launched(Process process, Path out, Path err) {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /// The launcher.
  static Path script() {
    return projectRoot().resolve("cli/bin/sae");
  }

  /// The folder of the project that these tests run in.
  static Path projectRoot() {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("cli/bin/sae"))) {
      Path parent = root.getParent();
      if (parent == null) {
        throw new IllegalStateException("this is not run within the project");
      }
      root = parent;
    }
    return root;
  }

  /// Starts a command, or a script that does.
  ///
  /// @param words the first is a program
  /// @param logs for what is said
  static Launched start(Path folder, Path logs, List<String> words) throws IOException {
    Path out = Files.createTempFile(Files.createDirectories(logs), "run", ".out");
    Path err = logs.resolve(out.getFileName() + ".err");
    ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    builder
        .environment()
        .putAll(Map.of("SAE_SKIP_BUILD", "1", "SAE_JAVA_OPTS", "-Xmx300m -XX:TieredStopAtLevel=1"));
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    return new Launched(builder.start(), out, err);
  }

  /// Runs `sae` with these words.
  static Ended sae(Path folder, Path logs, List<String> words)
      throws IOException, InterruptedException, Fault {
    return start(folder, logs, command(words)).await();
  }

  static List<String> command(List<String> words) {
    List<String> command = new ArrayList<>(List.of(script().toString()));
    command.addAll(words);
    return command;
  }

  /// Waits for the end.
  ///
  /// @throws Fault if there is none
  Ended await() throws IOException, InterruptedException, Fault {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new Fault("still running after " + PATIENCE + ": " + Files.readString(err));
    }
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /// Sends a signal, if there is still somebody to get it.
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
