// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import sae4j.dashboard.graphs.TrainingMoment;
import sae4j.files.FormatException;
import sae4j.files.whole.WholeFile;
import sae4j.training.Learner;
import sae4j.training.StepReport;

/// How one SAE's run went, in about a hundred moments: a line of JSON each in `history.jsonl`.
/// `history.pending.jsonl` holds the last steps and those since the last moment, so that a run
/// which was stopped ends with the same history and the same figures as one that was not.
final class TrainingHistory {
  static final String FILE = "history.jsonl";
  static final String PENDING = "history.pending.jsonl";
  private static final int MOMENTS = 100;
  private static final int RECENT = 50;
  private static final JsonMapper JSON = new JsonMapper();

  private final Learner learner;
  private final long every;
  private final List<TrainingMoment> moments = new ArrayList<>();
  private final List<StepReport> since = new ArrayList<>();
  private final Deque<StepReport> recent = new ArrayDeque<>();

  TrainingHistory(Learner learner) {
    this.learner = learner;
    this.every = Math.max(1, learner.options().steps() / MOMENTS);
  }

  /// Takes up what a folder holds of the steps that were taken before.
  ///
  /// @throws FormatException if its history cannot be read
  void goOn(Path folder) throws IOException {
    for (TrainingMoment moment : lines(folder.resolve(FILE), TrainingMoment.class)) {
      if (moment.step() <= learner.steps()) {
        moments.add(moment);
      }
    }
    long last = moments.isEmpty() ? 0 : moments.getLast().step();
    for (StepReport report : lines(folder.resolve(PENDING), StepReport.class)) {
      if (report.step() <= learner.steps()) {
        addRecent(report);
        if (report.step() > last) {
          since.add(report);
        }
      }
    }
  }

  private static <T> List<T> lines(Path file, Class<T> type) throws IOException {
    List<T> values = new ArrayList<>();
    if (Files.exists(file)) {
      try {
        WholeFile.requireRegular(file);
        for (String line : Files.readAllLines(file)) {
          values.add(Objects.requireNonNull(JSON.readValue(line, type)));
        }
      } catch (JsonProcessingException
          | CharacterCodingException
          | NullPointerException malformed) {
        throw new FormatException(
            file, "line " + (values.size() + 1), "cannot be read", "delete the file", malformed);
      }
    }
    return values;
  }

  /// Takes note of a step.
  void step(StepReport report) {
    addRecent(report);
    since.add(report);
    if (report.step() % every == 0 || report.step() == learner.options().steps()) {
      moments.add(
          new TrainingMoment(
              report.step(),
              mean(StepReport::loss),
              mean(StepReport::l0),
              mean(StepReport::explainedVariance),
              learner.deadFraction(),
              byDensity(learner.takeDensity())));
      since.clear();
    }
  }

  private void addRecent(StepReport report) {
    recent.addLast(report);
    if (recent.size() > RECENT) {
      recent.removeFirst();
    }
  }

  /// The mean of a number over the last steps, up to 50, because a single batch says little; NaN
  /// before the first.
  double recent(ToDoubleFunction<StepReport> number) {
    return recent.stream().mapToDouble(number).average().orElse(Double.NaN);
  }

  private double mean(ToDoubleFunction<StepReport> number) {
    return since.stream().mapToDouble(number).average().orElse(Double.NaN);
  }

  private static List<Integer> byDensity(double[] density) {
    int[] features = new int[TrainingMoment.DENSITY_BINS];
    for (double each : density) {
      features[TrainingMoment.densityBin(each)]++;
    }
    return IntStream.of(features).boxed().toList();
  }

  /// What there is so far.
  List<TrainingMoment> moments() {
    return List.copyOf(moments);
  }

  /// Replaces the history in a folder.
  void save(RunFolder folder) throws IOException {
    folder.write(FILE, lines(moments));
    folder.write(PENDING, lines(since.size() < recent.size() ? List.copyOf(recent) : since));
  }

  private static byte[] lines(List<?> values) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Object value : values) {
      lines.append(JSON.writeValueAsString(value)).append('\n');
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }
}
