// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import sae4j.cli.terminal.Console;

/// The program, run in the process of a test.
final class InProcess {
  private InProcess() {}

  /// What a command said.
  record Ended(int exitCode, String out, String err) {
    JsonNode json() throws IOException {
      return new JsonMapper().readTree(out);
    }

    String lastLine() {
      return err.lines().reduce((one, other) -> other).orElse("");
    }
  }

  static Ended run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console =
        new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, 80);
    int exitCode = SaeProgram.run(console, words);
    return new Ended(exitCode, out.toString(), err.toString());
  }

  /// Runs a line in which ~ stands for a folder; words with blanks are in quotes.
  static Ended in(Path folder, String line) {
    return run(
        Arrays.stream(line.split(" (?=(?:[^']*'[^']*')*[^']*$)", -1))
            .map(word -> word.replace("'", "").replace("~", folder + "/"))
            .toArray(String[]::new));
  }
}
