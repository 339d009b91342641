// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Starts `cli/bin/sae` in a folder.
///
/// @param script the launcher
/// @param folder where it is started
/// @param environment variables that are set
record Launcher(Path script, Path folder, Map<String, String> environment) {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /// A build in the background may have been started with Ctrl-C ignored, and what it starts
  /// inherits that. GNU's `env` puts the default in its place; elsewhere there is nothing to do so.
  private static final List<String> WITH_DEFAULT_SIGNALS =
      restoringSignals("env", "--default-signal=INT,TERM");

  /// What was started and may outlive its test, where that fails.
  private static final Set<Process> STARTED = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> STARTED.forEach(Process::destroyForcibly)));
  }

  /// The program as it is built, with a cache of its own and a hub.
  ///
  /// @param folder where it is started
  /// @param home of the cache, in the folder
  /// @param endpoint of the hub
  /// @param offline 1 for a program that may not ask it; else empty
  static Launcher onHub(Path folder, String home, String endpoint, String offline) {
    return new Launcher(
        ofProject(folder).script(),
        folder,
        Map.of(
            "SAE_SKIP_BUILD",
            "1",
            "HF_HOME",
            folder.resolve(home).toString(),
            "HF_ENDPOINT",
            endpoint,
            "HF_HUB_OFFLINE",
            offline));
  }

  private static List<String> restoringSignals(String... prefix) {
    List<String> trial = new ArrayList<>(List.of(prefix));
    trial.add("true");
    try {
      Process process =
          new ProcessBuilder(trial)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      boolean works = process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
      return works ? List.of(prefix) : List.of();
    } catch (IOException none) {
      return List.of();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  /// Skips a test that sends Ctrl-C where that would be ignored.
  static void assumeCtrlCIsHeard() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!WITH_DEFAULT_SIGNALS.isEmpty() || !Files.exists(status)) {
      return;
    }
    int interrupt = 1 << (2 - 1);
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("SigIgn:")) {
        long ignored = Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
        assumeThat(ignored & interrupt)
            .as("this build was started with Ctrl-C ignored, and env cannot restore it")
            .isZero();
      }
    }
  }

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
    /// Sends a signal, `INT` for Ctrl-C.
    void send(String signal) throws IOException, InterruptedException {
      Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
      if (!kill.waitFor(1, TimeUnit.MINUTES)) {
        kill.destroyForcibly();
      }
    }

    /// Waits until the process has written a file.
    ///
    /// @throws AssertionError if it ends before, or takes longer
    void awaitFile(Path file, Duration longest) throws IOException, InterruptedException {
      long deadline = System.nanoTime() + longest.toNanos();
      while (!Files.exists(file)) {
        assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.sleep(5);
      }
    }

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
    List<String> command = new ArrayList<>(WITH_DEFAULT_SIGNALS);
    command.add(script.toString());
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
    Process process = builder.start();
    STARTED.add(process);
    return new Running(process, out, err);
  }

  Ended run(String... arguments) throws IOException, InterruptedException {
    return start(arguments).await();
  }
}
