// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.Serial;
import java.util.function.IntConsumer;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ProgressLine;

/// Progress that ends the work it counts as soon as the user asks to stop.
final class StoppableProgress implements IntConsumer {
  private final ProgressLine line;
  private final Interruption interruption;

  /// The work was stopped at the user's request.
  static final class Stopped extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;
  }

  /// Begins to count, as [ProgressLine] does.
  StoppableProgress(
      Console console, Interruption interruption, String doing, String unit, long total) {
    this.line = new ProgressLine(console, doing, unit, total);
    this.interruption = interruption;
  }

  /// @throws Stopped if the user asked to stop
  @Override
  public void accept(int more) {
    if (interruption.requested()) {
      throw new Stopped();
    }
    line.add(more);
  }

  /// All is done.
  void end() {
    line.end();
  }
}
