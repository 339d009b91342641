// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.time.Duration;

/// Work that is counted: on a terminal one line that is rewritten in place, with rate and time
/// left; in a pipe a plain line every few seconds; at the end a line that stays.
public final class ProgressLine {
  private static final long LIVE_NANOS = Duration.ofMillis(250).toNanos();
  private static final long QUIET_NANOS = Duration.ofSeconds(5).toNanos();

  private final Console console;
  private final String doing;
  private final String unit;
  private final long total;
  private final long startNanos = System.nanoTime();
  private long shownNanos = startNanos;
  private final long before;
  private long done;
  private long firstNanos;
  private long first;

  /// Begins to count.
  ///
  /// @param doing what is done, for the reader: `reading Java`
  /// @param unit what is counted: `tokens`
  /// @param total how many there will be, about; [Long#MAX_VALUE] where nobody knows
  public ProgressLine(Console console, String doing, String unit, long total) {
    this(console, doing, unit, total, 0);
  }

  /// As above, for work that goes on.
  ///
  /// @param before how many were done before now; they say nothing of the rate
  public ProgressLine(Console console, String doing, String unit, long total, long before) {
    this.before = before;
    this.done = before;
    this.first = before;
    this.console = console;
    this.doing = doing;
    this.unit = unit;
    this.total = total;
  }

  /// So many more are done.
  public void add(long count) {
    done += count;
    long now = System.nanoTime();
    if (firstNanos == 0) {
      firstNanos = now;
      first = done;
    }
    if (now - shownNanos < (console.live() ? LIVE_NANOS : QUIET_NANOS)) {
      return;
    }
    shownNanos = now;
    String figures =
        total == Long.MAX_VALUE
            ? ": %,d %s, %,.0f a second".formatted(done, unit, rate())
            : ": %,d of %,d %s, %,.0f a second, %s left"
                .formatted(done, total, unit, rate(), duration(Math.max(0, total - done) / rate()));
    if (console.live()) {
      console.rewrite(shortened(doing, console.columns() - 1 - figures.length()) + figures);
    } else {
      console.say(doing + figures);
    }
  }

  /// A name in so many columns; what it ends in tells files apart.
  private static String shortened(String name, int columns) {
    if (name.length() <= columns) {
      return name;
    }
    return columns < 2 ? "" : "…" + name.substring(name.length() - columns + 1);
  }

  /// All is done: says how much and how fast.
  public void end() {
    console.erase();
    console.say(
        "%s: %,d %s in %s, %,.0f a second"
            .formatted(doing, done, unit, duration(seconds()), (done - before) / seconds()));
  }

  /// How many a second, in this process; from the first ones on, because what is opened and read
  /// for them says nothing of those to come.
  double rate() {
    return done > first
        ? (done - first) / ((System.nanoTime() - firstNanos) / 1e9)
        : (done - before) / seconds();
  }

  /// Seconds from the beginning until the first ones were done; 0 before that.
  double secondsToFirst() {
    return firstNanos == 0 ? 0 : (firstNanos - startNanos) / 1e9;
  }

  private double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  /// A time as people say it: `42 s`, `3 min 20 s`, `1 h 05 min`.
  public static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    return whole < 3600
        ? "%d min %02d s".formatted(whole / 60, whole % 60)
        : "%d h %02d min".formatted(whole / 3600, whole % 3600 / 60);
  }
}
