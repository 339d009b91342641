// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.fuzzing.Fuzzing.Fault;

/// Commands that are killed or stopped at any moment leave whole files or none, and end like
/// undisturbed ones when they are gone on with: by the line that they printed, from another folder,
/// or by the same command.
class KillsTest {
  private static final Pattern GO_ON = Pattern.compile("to (?:continue|go on): sae (.*)$");
  private static final int KILLED = 128 + 9;

  @TempDir private Path folder = Path.of("");
  private final Map<String, Map<String, Integer>> expected = new HashMap<>();
  private final Map<String, Long> nanos = new HashMap<>();

  @Test
  void what_was_stopped_at_any_moment_ends_like_what_was_left_alone() throws Exception {
    Path in = Files.createDirectory(folder.resolve("in"));
    Work.inputs(in);
    List<Work> works = Work.all();
    new Fuzzing(getClass())
        .run(
            Files.createDirectory(folder.resolve("cases")),
            (own, random) -> stopped(works.get(random.nextInt(works.size())), in, own, random));
  }

  /// Runs it once undisturbed.
  private void know(Work work, Path in) throws IOException, InterruptedException, Fault {
    if (expected.containsKey(work.name())) {
      return;
    }
    Path place = Files.createDirectories(folder.resolve("whole"));
    long before = System.nanoTime();
    Ended ended =
        Launched.sae(place, folder.resolve("logs"), Work.words(work.command(), in, work.name()));
    nanos.put(work.name(), System.nanoTime() - before);
    if (ended.exitCode() != 0) {
      throw new IllegalStateException(work.name() + ": " + ended.err());
    }
    Map<String, Integer> result = work.result(place.resolve(work.name()));
    if (result.isEmpty()) {
      throw new IllegalStateException(work.name() + " has no result to compare");
    }
    expected.put(work.name(), result);
  }

  private String stopped(Work work, Path in, Path own, SplittableRandom random)
      throws IOException, InterruptedException, Fault {
    know(work, in);
    Path logs = own.resolve("logs");
    Path elsewhere = Files.createDirectories(own.resolve("elsewhere"));
    Path out = own.resolve("out");
    String goOn = work.again();
    int exit = 0;
    String signals = "";
    int stops = random.nextInt(1, 4);
    for (int stop = 0; stop < stops; stop++) {
      String signal = List.of("KILL", "INT", "TERM").get(random.nextInt(3));
      signals = (signals + " " + signal).strip();
      // after a stop the folder holds a run, which the first command would not begin anew
      String command = exit == 0 || !isBegun(work, out) ? work.command() : goOn;
      Launched running =
          Launched.start(own, logs, Launched.command(Work.words(command, in, out.toString())));
      long wait = random.nextLong(Math.max(1, nanos.getOrDefault(work.name(), 1L) * 11 / 10));
      running.process().waitFor(wait, java.util.concurrent.TimeUnit.NANOSECONDS);
      running.signal(signal);
      Ended ended = running.await();
      exit = ended.exitCode();
      requireExit(work, signal, ended);
      requireWholeFiles(work, out, signals.contains("KILL"));
      if (exit == 0) {
        break;
      }
      Matcher line = GO_ON.matcher(ended.lastLine());
      goOn = line.find() ? line.group(1) : work.again();
    }
    if (exit != 0) {
      String command = isBegun(work, out) ? goOn : work.command();
      Ended ended = Launched.sae(elsewhere, logs, Work.words(command, in, out.toString()));
      // the signal may have come between the end of the work and that of the process
      if (ended.exitCode() != 0 && !ended.lastLine().contains("the run is finished")) {
        throw new Fault(
            "%s after %s: 'sae %s' ends with %d: %s"
                .formatted(work.name(), signals, command, ended.exitCode(), ended.lastLine()));
      }
    }
    if (!work.result(out).equals(expected.get(work.name()))) {
      throw new Fault(
          "%s after %s differs: %s instead of %s"
              .formatted(work.name(), signals, work.result(out), expected.get(work.name())));
    }
    requireNoLeftovers(work, signals, own);
    return exit == 0 ? work.name() + " was done before" : work.name() + " " + signals;
  }

  /// Whether there is something to go on with by another command than the first.
  private static boolean isBegun(Work work, Path out) {
    return work.again().equals(work.command()) || Files.exists(out.resolve("run.json"));
  }

  private static void requireExit(Work work, String signal, Ended ended) throws Fault {
    List<Integer> allowed =
        switch (signal) {
          case "KILL" -> List.of(0, KILLED);
          case "INT" -> List.of(0, 130);
          default -> List.of(0, 130, 143);
        };
    if (!allowed.contains(ended.exitCode())) {
      throw new Fault(
          "%s after %s: exit %d: %s"
              .formatted(work.name(), signal, ended.exitCode(), ended.lastLine()));
    }
    if (ended.err().contains("\tat ")) {
      throw new Fault("%s after %s: %s".formatted(work.name(), signal, ended.err()));
    }
  }

  /// Whatever has the name of a whole file is one. Only a process that died leaves half of one
  /// behind, and under another name.
  private static void requireWholeFiles(Work work, Path out, boolean killed)
      throws IOException, Fault {
    List<String> partial = new ArrayList<>();
    for (Path each : Trees.all(out)) {
      String name = each.toString();
      if (name.contains(".partial") || name.contains(".replaced")) {
        partial.add(name);
      } else if (Files.isRegularFile(each)
          && !PlainReader.wellFormed(name, Files.readAllBytes(each))) {
        throw new Fault(work.name() + " leaves half of " + out.relativize(each));
      }
    }
    if (!killed && !partial.isEmpty()) {
      throw new Fault(work.name() + " leaves " + partial);
    }
  }

  private static void requireNoLeftovers(Work work, String signals, Path own)
      throws IOException, Fault {
    for (Path each : Trees.all(own)) {
      String name = each.getFileName().toString();
      if (name.endsWith(".partial") || name.endsWith(".replaced") || name.endsWith(".lock")) {
        throw new Fault("%s after %s leaves %s".formatted(work.name(), signals, name));
      }
    }
  }
}
