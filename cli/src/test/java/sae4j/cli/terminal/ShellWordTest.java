// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain/path-1.0",
        "größe-π",
        "my dir",
        "it's",
        "a$HOME",
        "x;y",
        "*",
        "~",
        "",
        "a\nb"
      })
  void a_shell_reads_back_what_was_meant(String word) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "printf %s " + ShellWord.of(word)).start();
    assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(word);
    assertThat(shell.waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain/path-1.0", "größe-π", "/a/b=c,d:e@f+g%h"})
  void a_word_that_needs_no_quotes_has_none(String word) {
    assertThat(ShellWord.of(word)).isEqualTo(word);
  }
}
