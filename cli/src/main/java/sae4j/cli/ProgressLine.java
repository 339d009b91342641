package sae4j.cli;

import java.time.Duration;

/// Work that is counted: on a terminal one line that is rewritten in place, with rate and time
/// left; in a pipe a plain line every few seconds; at the end a line that stays.
final class ProgressLine {
  private static final long LIVE_NANOS = Duration.ofMillis(250).toNanos();
  private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();
  private static final String ERASE_LINE = "\r\u001B[K";

  private final Console console;
  private final String doing;
  private final String unit;
  private final long total;
  private final long startNanos = System.nanoTime();
  private long shownNanos = startNanos;
  private long done;

  /// @param doing what is done, for the reader: `reading Java`
  /// @param unit what is counted: `tokens`
  /// @param total how many there will be, about
  ProgressLine(Console console, String doing, String unit, long total) {
    this.console = console;
    this.doing = doing;
    this.unit = unit;
    this.total = total;
  }

  /// So many more are done.
  void add(long count) {
    done += count;
    long now = System.nanoTime();
    if (now - shownNanos < (console.live() ? LIVE_NANOS : QUIET_NANOS)) {
      return;
    }
    shownNanos = now;
    double secondsLeft = seconds() / done * Math.max(0, total - done);
    String line =
        "%s: %,d of %,d %s, %,.0f a second, %s left"
            .formatted(
                doing, done, total, unit, done / seconds(), TrainingProgress.duration(secondsLeft));
    if (console.live()) {
      console
          .err()
          .print(ERASE_LINE + line.substring(0, Math.min(line.length(), console.columns() - 1)));
      console.err().flush();
    } else {
      console.say(line);
    }
  }

  /// All is done: says how much and how fast.
  void end() {
    if (console.live()) {
      console.err().print(ERASE_LINE);
    }
    console.say(
        "%s: %,d %s in %s, %,.0f a second"
            .formatted(doing, done, unit, TrainingProgress.duration(seconds()), done / seconds()));
  }

  private double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
