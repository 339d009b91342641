// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import org.jspecify.annotations.Nullable;
import sae4j.activations.capture.ShardedCapture;
import sae4j.cli.process.Interruption;

/// Shows how far a capture is, and stops it when the user asks.
public final class CaptureProgress implements ShardedCapture.Progress {
  private final Console console;
  private final String doing;
  private final Interruption interruption;
  private @Nullable ProgressLine line;
  private long shown;

  /// @param doing what is done, for the reader: `java-gpt2-tiny reads src`
  /// @param interruption that stops the capture
  public CaptureProgress(Console console, String doing, Interruption interruption) {
    this.console = console;
    this.doing = doing;
    this.interruption = interruption;
  }

  @Override
  public void begins(long tokensRead, long tokensLimit) {
    shown = tokensRead;
    if (tokensRead > 0) {
      console.say("going on after %,d tokens".formatted(tokensRead));
    }
    line = new ProgressLine(console, doing, "tokens", tokensLimit, tokensRead);
  }

  @Override
  public boolean read(long tokensRead, long tokensLimit) {
    if (line != null) {
      line.add(tokensRead - shown);
    }
    shown = tokensRead;
    return !interruption.requested();
  }

  /// Tokens a second behind the first batch; not a number where all had been read before.
  public double rate() {
    return line == null ? Double.NaN : line.rate();
  }

  /// Seconds that the first batch took, with what the model needs for its first one; not a number
  /// where all had been read before.
  public double secondsToFirst() {
    return line == null ? Double.NaN : line.secondsToFirst();
  }

  /// The capture has ended: says how much was read and how fast.
  public void end() {
    if (line != null) {
      line.end();
    } else {
      console.say("the capture was complete already");
    }
  }
}
