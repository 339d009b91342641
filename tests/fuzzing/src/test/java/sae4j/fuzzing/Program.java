// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import sae4j.cli.SaeProgram;
import sae4j.cli.terminal.Console;
import sae4j.fuzzing.Fuzzing.Fault;

/// The program in this process, which runs thousands of commands in the time that a hundred
/// processes take.
final class Program {
  private static final long PATIENCE_SECONDS = 120;

  private Program() {}

  /// Runs a command.
  ///
  /// @throws Fault if it hangs, or if something else than an exit code comes out of it
  static Ended run(List<String> command) throws Fault, InterruptedException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console =
        new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, 80);
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                exit.complete(SaeProgram.run(console, command.toArray(String[]::new)));
              } catch (Throwable raw) {
                exit.completeExceptionally(raw);
              }
            });
    try {
      return new Ended(
          exit.get(PATIENCE_SECONDS, TimeUnit.SECONDS), out.toString(), err.toString());
    } catch (TimeoutException hangs) {
      throw new Fault("still running after %d s: %s".formatted(PATIENCE_SECONDS, command));
    } catch (ExecutionException raw) {
      throw new Fault("raw failure %s: %s".formatted(raw.getCause(), command));
    }
  }

  /// Runs a command that must do its work.
  static Ended work(List<String> command) throws Fault, InterruptedException {
    Ended ended = run(command);
    if (ended.exitCode() != 0) {
      throw new IllegalStateException(command + ": " + ended.err());
    }
    return ended;
  }
}
