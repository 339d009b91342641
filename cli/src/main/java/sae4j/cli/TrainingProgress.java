package sae4j.cli;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ToDoubleFunction;
import sae4j.training.Trainer;
import sae4j.training.Trainer.StepReport;
import sae4j.training.TrainingOptions;

/// What a person sees of a training run: a row at every tenth of it, and on a terminal a line below
/// that is rewritten in place. Losses and L0 are means over the last batches, because a single
/// batch says little.
public final class TrainingProgress {
  private static final int RECENT_BATCHES = 50;
  private static final int ROWS = 10;
  private static final int BAR = 20;
  private static final long LIVE_NANOS = Duration.ofMillis(250).toNanos();
  private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();
  private static final String ERASE_LINE = "\r\u001B[K";
  private static final String HEADING = "%9s  %10s  %10s  %8s  %9s  %8s  %10s";

  private final Console console;
  private final TrainingOptions options;
  private final Deque<StepReport> recent = new ArrayDeque<>();
  private final long startNanos = System.nanoTime();
  private long firstStep = -1;
  private long rowNanos = startNanos;
  private long liveNanos = startNanos - LIVE_NANOS;

  public TrainingProgress(Console console, TrainingOptions options) {
    this.console = console;
    this.options = options;
  }

  /// Takes note of a step, and shows it if it is time to.
  public void step(Trainer trainer, StepReport report) {
    if (firstStep < 0) {
      firstStep = report.step() - 1;
      console.say(
          HEADING.formatted("step", "loss", "L2 loss", "L0", "expl.var", "alive", "tokens/s"));
    }
    recent.addLast(report);
    if (recent.size() > RECENT_BATCHES) {
      recent.removeFirst();
    }
    long now = System.nanoTime();
    long tenth = Math.max(1, options.steps() / ROWS);
    if (report.step() % tenth == 0
        || report.step() == options.steps()
        || (!console.live() && now - rowNanos > QUIET_NANOS)) {
      rowNanos = now;
      eraseLine();
      row(trainer, report);
    }
    if (console.live() && now - liveNanos > LIVE_NANOS && report.step() < options.steps()) {
      liveNanos = now;
      line(trainer, report);
    }
  }

  /// Leaves the terminal clean for what comes next.
  public void end() {
    eraseLine();
  }

  private void row(Trainer trainer, StepReport report) {
    console.say(
        HEADING.formatted(
            count(report.step()),
            number("%.4g", mean(StepReport::loss)),
            number("%.4g", mean(StepReport::l2Loss)),
            number("%.1f", mean(StepReport::l0)),
            number("%.4f", mean(StepReport::explainedVariance)),
            count(trainer.aliveFeatures()),
            count(Math.round(tokensPerSecond()))));
  }

  private void line(Trainer trainer, StepReport report) {
    double done = report.step() / (double) options.steps();
    int filled = (int) (done * BAR);
    double secondsLeft =
        seconds() / (report.step() - firstStep) * (options.steps() - report.step());
    String line =
        "%s%s %3.0f %%  step %s of %s  loss %.4g  L0 %.1f  EV %.3f  alive %s  %s tokens/s  %s left"
            .formatted(
                "━".repeat(filled),
                "─".repeat(BAR - filled),
                100 * done,
                count(report.step()),
                count(options.steps()),
                mean(StepReport::loss),
                mean(StepReport::l0),
                mean(StepReport::explainedVariance),
                count(trainer.aliveFeatures()),
                count(Math.round(tokensPerSecond())),
                duration(secondsLeft));
    console
        .err()
        .print(ERASE_LINE + line.substring(0, Math.min(line.length(), console.columns() - 1)));
    console.err().flush();
  }

  private void eraseLine() {
    if (console.live()) {
      console.err().print(ERASE_LINE);
      console.err().flush();
    }
  }

  /// The mean of a number over the last batches, up to 50; NaN before the first.
  public double mean(ToDoubleFunction<StepReport> number) {
    return recent.stream().mapToDouble(number).average().orElse(Double.NaN);
  }

  /// Tokens trained on in this process, a second.
  public double tokensPerSecond() {
    long last = recent.isEmpty() ? firstStep : recent.getLast().step();
    return (last - firstStep) * (double) options.batch() / seconds();
  }

  /// Seconds since training began in this process.
  public double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  private static String number(String format, double value) {
    return format.formatted(value);
  }

  private static String count(long value) {
    return "%,d".formatted(value);
  }

  /// `42 s`, `3 min 20 s`, `1 h 05 min`.
  static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    return whole < 3600
        ? "%d min %02d s".formatted(whole / 60, whole % 60)
        : "%d h %02d min".formatted(whole / 3600, whole % 3600 / 60);
  }
}
