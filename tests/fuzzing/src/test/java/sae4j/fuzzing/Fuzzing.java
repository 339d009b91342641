// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Runs cases until the time is up, counts how they ended, and fails with what went wrong.
///
/// `-Dsae4j.fuzz.seconds` sets the time for each test, `-Dsae4j.fuzz.seed` draws other cases, and
/// `-Dsae4j.fuzz.case` runs one case again. The same seed and number are the same case everywhere.
final class Fuzzing {
  private static final long SECONDS = Long.getLong("sae4j.fuzz.seconds", 20);
  private static final long SEED = Long.getLong("sae4j.fuzz.seed", 1);
  private static final long ONLY = Long.getLong("sae4j.fuzz.case", -1);
  private static final int MOST_FAULTS = 200;

  /// Where no time was asked for, the same cases on every machine, however fast it is.
  private static final long MOST_CASES =
      System.getProperty("sae4j.fuzz.seconds") == null ? 3_000 : Long.MAX_VALUE;

  private final Class<?> test;
  private final Map<String, Long> outcomes = new TreeMap<>();
  private final Map<String, String> faults = new LinkedHashMap<>();
  private long faulty;

  Fuzzing(Class<?> test) {
    this.test = test;
  }

  /// One case.
  interface Trial {
    /// @param folder empty, for the files of the case
    /// @param random decides everything
    /// @return how it ended, in a word or two, for the count
    /// @throws Fault if the program did something that it may not do
    String run(Path folder, SplittableRandom random) throws Exception;
  }

  /// Something that the program may not do.
  static final class Fault extends Exception {
    private static final long serialVersionUID = 1;

    Fault(String message) {
      super(message);
    }
  }

  /// Runs cases.
  ///
  /// @param folder gets a folder for each case, which is removed unless the case fails
  /// @throws AssertionError if a case failed, with all that failed
  void run(Path folder, Trial trial) throws IOException {
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    long number = Math.max(ONLY, 0);
    do {
      runCase(folder, trial, number);
      number++;
    } while (ONLY < 0
        && number < MOST_CASES
        && System.nanoTime() < end
        && faults.size() < MOST_FAULTS);
    report();
  }

  private void runCase(Path folder, Trial trial, long number) throws IOException {
    Path own = Files.createDirectories(folder.resolve("case-" + SEED + "-" + number));
    String outcome;
    try {
      outcome = trial.run(own, new SplittableRandom(SEED * 1_000_003 + number));
      Trees.delete(own);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "the test was stopped in case %d: -Dtest.limit is less than its seconds"
              .formatted(number),
          stopped);
    } catch (Exception | AssertionError | StackOverflowError wrong) {
      outcome = "fault";
      faulty++;
      String message =
          wrong instanceof Fault ? String.valueOf(wrong.getMessage()) : wrong.toString();
      String kind = message.replace(own.toString(), "").replaceAll("[0-9]+", "#");
      Path kept = Path.of("target", "fuzzing", own.getFileName().toString());
      if (faults.putIfAbsent(
              kind.substring(0, Math.min(kind.length(), 160)),
              message + "\n    kept in " + kept + "; again: " + command(number))
          == null) {
        Trees.delete(kept);
        Trees.copy(own, kept);
        System.out.printf("case %d: %s%n", number, message);
      }
      Trees.delete(own);
    }
    outcomes.merge(outcome, 1L, Long::sum);
  }

  private String command(long number) {
    return ("mvn test -pl tests/fuzzing -am -Dtest=%s -Dsae4j.fuzz.seed=%d -Dsae4j.fuzz.case=%d"
            + " -Dsurefire.failIfNoSpecifiedTests=false")
        .formatted(test.getSimpleName(), SEED, number);
  }

  private void report() throws IOException {
    long all = outcomes.values().stream().mapToLong(Long::longValue).sum();
    String line = "%s seed=%d tried=%d %s".formatted(test.getSimpleName(), SEED, all, outcomes);
    Files.createDirectories(Path.of("target", "fuzzing"));
    Files.writeString(
        Path.of("target", "fuzzing", "%s-%d.txt".formatted(test.getSimpleName(), SEED)),
        line + "\n" + String.join("\n", faults.values()) + "\n");
    System.out.println(line);
    if (!faults.isEmpty()) {
      List<String> all200 = new ArrayList<>(faults.values());
      throw new AssertionError(
          "%d of %d cases failed, in %d ways:%n%s"
              .formatted(faulty, all, all200.size(), String.join("\n", all200)));
    }
  }
}
