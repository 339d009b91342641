// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.cli.process.StandardOutput;

/// What a person sees on a terminal while work is done, and what is known of results that are lost.
class LiveLineTest {
  private static final String NAME =
      "java-gpt2-tiny reads a/very/long/path/to/some/corpus.jsonl.zst";

  @ParameterizedTest
  @ValueSource(ints = {72, 80, 100, 200})
  void a_narrow_line_shortens_the_name_and_keeps_the_figures(int columns)
      throws InterruptedException {
    StringWriter err = new StringWriter();
    Console console =
        new Console(new PrintWriter(new StringWriter()), new PrintWriter(err, true), true, columns);
    ProgressLine line = new ProgressLine(console, NAME, "tokens", 1_234_567);
    Thread.sleep(300);
    line.add(1000);
    String shown = err.toString().replaceAll("\\r?\u001B\\[K", "").replace("\r", "");
    assertThat(shown.length()).isLessThan(columns);
    assertThat(shown)
        .contains(": 1,000 of 1,234,567 tokens, ", " a second, ")
        .endsWith(" left")
        .contains("zst");
    assertThat(shown.contains("…")).isEqualTo(columns < 150);
  }

  @Test
  void the_rate_does_not_count_what_the_first_ones_had_to_wait_for() throws InterruptedException {
    Console console =
        new Console(
            new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), true, 80);
    ProgressLine line = new ProgressLine(console, NAME, "tokens", 3_000, 1_000);
    assertThat(line.secondsToFirst()).isZero();
    Thread.sleep(500);
    line.add(1000);
    assertThat(line.secondsToFirst()).isGreaterThan(0.49);
    assertThat(line.rate()).isLessThan(1000 / 0.49);
    line.add(1000);
    assertThat(line.rate()).isGreaterThan(1000 / 0.49);
  }

  @Test
  void a_result_that_is_lost_is_remembered_with_the_reason() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int each) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    Console lost =
        new Console(new StandardOutput(full), new PrintWriter(new StringWriter()), false, 80);
    assertThat(lost.lost()).isEmpty();
    lost.print("a result");
    assertThat(lost.lost()).contains("No space left on device");
    Console kept =
        new Console(
            new StandardOutput(OutputStream.nullOutputStream()),
            new PrintWriter(new StringWriter()),
            false,
            80);
    kept.print("a result");
    assertThat(kept.lost()).isEmpty();
  }
}
