// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ProgressLine;
import sae4j.training.Learner;
import sae4j.training.StepReport;

/// What a person sees of a training run: a row for each SAE at every tenth of it, and on a terminal
/// a line below that is rewritten in place. Losses and L0 are means over the last batches, because
/// a single batch says little.
final class TrainingProgress {
  private static final int ROWS = 10;
  private static final int BAR = 20;
  private static final int LONGEST_NAME = 24;
  private static final long LIVE_NANOS = Duration.ofMillis(250).toNanos();
  private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();
  private static final String HEADING = "%9s  %10s  %10s  %8s  %9s  %8s  %10s";

  private final Console console;
  private final List<Learner> learners;
  private final List<String> names;
  private final List<TrainingHistory> histories;
  private final long startNanos = System.nanoTime();
  private final long steps;
  private long firstStep = -1;
  private long rowNanos = startNanos;
  private long liveNanos = startNanos - LIVE_NANOS;

  /// @param names what each SAE is called beside the others
  /// @param histories of each, which take note of a step first
  TrainingProgress(
      Console console,
      List<Learner> learners,
      List<String> names,
      List<TrainingHistory> histories) {
    this.console = console;
    this.learners = learners;
    this.names = names;
    this.histories = histories;
    this.steps = learners.getFirst().options().steps();
  }

  /// Shows a step of each SAE, if it is time to.
  void step(long step) {
    if (firstStep < 0) {
      firstStep = step - 1;
      console.say(
          name("SAE")
              + HEADING.formatted(
                  "step", "loss", "L2 loss", "L0", "expl.var", "alive", "tokens/s"));
    }
    long now = System.nanoTime();
    long tenth = Math.max(1, steps / ROWS);
    if (step % tenth == 0
        || step == steps
        || (!console.live() && now - rowNanos > QUIET_NANOS * learners.size())) {
      rowNanos = now;
      eraseLine();
      for (int sae = 0; sae < learners.size(); sae++) {
        row(sae, step);
      }
    }
    if (console.live() && now - liveNanos > LIVE_NANOS && step < steps) {
      liveNanos = now;
      line(step);
    }
  }

  /// A column with the SAE's name, where there are several.
  private String name(String name) {
    return learners.size() == 1
        ? ""
        : "%-24s".formatted(name.substring(0, Math.min(LONGEST_NAME, name.length())));
  }

  /// Leaves the terminal clean for what comes next.
  public void end() {
    eraseLine();
  }

  private void row(int sae, long step) {
    console.say(
        name(names.get(sae))
            + HEADING.formatted(
                count(step),
                number("%.4g", mean(sae, StepReport::loss)),
                number("%.4g", mean(sae, StepReport::l2Loss)),
                number("%.1f", mean(sae, StepReport::l0)),
                number("%.4f", mean(sae, StepReport::explainedVariance)),
                count(learners.get(sae).aliveFeatures()),
                count(Math.round(tokensPerSecond()))));
  }

  private void line(long step) {
    double done = step / (double) steps;
    int filled = (int) (done * BAR);
    double secondsLeft = seconds() / (step - firstStep) * (steps - step);
    console.rewrite(
        fitted(
            console.columns() - 1,
            "━".repeat(filled) + "─".repeat(BAR - filled) + " ",
            "%3.0f %%  step %s of %s".formatted(100 * done, count(step), count(steps)),
            "  " + (learners.size() == 1 ? ofOne() : ofSeveral()),
            "  %s tokens/s  %s left"
                .formatted(
                    count(Math.round(tokensPerSecond())), ProgressLine.duration(secondsLeft))));
  }

  /// The line in so many columns. Where it is too long the bar goes first, then the losses: how far
  /// the run is and how long it will take stay.
  static String fitted(int columns, String bar, String steps, String losses, String left) {
    if (bar.length() + steps.length() + losses.length() + left.length() <= columns) {
      return bar + steps + losses + left;
    }
    int room = columns - steps.length() - left.length();
    return steps + losses.substring(0, Math.clamp(room, 0, losses.length())) + left;
  }

  private String ofOne() {
    return "loss %.4g  L0 %.1f  EV %.3f  alive %s"
        .formatted(
            mean(0, StepReport::loss),
            mean(0, StepReport::l0),
            mean(0, StepReport::explainedVariance),
            count(learners.getFirst().aliveFeatures()));
  }

  private String ofSeveral() {
    return IntStream.range(0, learners.size())
        .mapToObj(sae -> number("%.3f", mean(sae, StepReport::explainedVariance)))
        .collect(Collectors.joining(", ", learners.size() + " SAEs, EV ", ""));
  }

  private void eraseLine() {
    console.erase();
  }

  private double mean(int sae, ToDoubleFunction<StepReport> number) {
    return histories.get(sae).recent(number);
  }

  /// Tokens trained on in this process, a second; each counts once, whatever the number of SAEs.
  double tokensPerSecond() {
    Learner first = learners.getFirst();
    long taken = firstStep < 0 ? 0 : first.steps() - firstStep;
    return taken * (double) first.options().batch() / seconds();
  }

  /// Seconds since training began in this process.
  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  private static String number(String format, double value) {
    return format.formatted(value);
  }

  private static String count(long value) {
    return "%,d".formatted(value);
  }
}
