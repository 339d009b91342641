// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import sae4j.cli.SaeProgram;

final class PrintableTest {
  private static final String EVIL =
      "a\u001B]0;title\u0007\u001B[31m\u009B2J\u0085\u2028\u2029\u202Etxt.exe\u2066\u0000é😀\u200D";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Console console =
      new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, 80);

  private static void assertHarmless(String printed) {
    assertThat(printed.replace("\n", ""))
        .doesNotContainPattern("[\\p{IsCc}\\u2028\\u2029\\u202A-\\u202E\\u2066-\\u2069]");
  }

  @Test
  void what_is_said_printed_and_put_into_tables_does_not_command_a_terminal() {
    console.say(EVIL);
    console.print(EVIL);
    Table table = Table.withColumns("a", "b");
    table.row(EVIL + "\nforged  row", "2");
    table.printTo(console.out());
    assertHarmless(err.toString());
    assertHarmless(out.toString());
    assertThat(out.toString()).hasLineCount(3).contains("é😀\u200D", "\\u001b]0;", "\\u009b2J");
    assertHarmless(TokenLine.visible(EVIL));
  }

  @Test
  void json_means_the_same_when_it_is_printed() throws IOException {
    console.print(Json.line(Json.object().put("text", EVIL)));
    assertHarmless(out.toString());
    assertThat(new JsonMapper().readTree(out.toString()).path("text").asText()).isEqualTo(EVIL);
  }

  @Test
  void our_own_colours_stay() {
    console.print("\u001B[1;33mtoken\u001B[0m");
    assertThat(out.toString()).isEqualTo("\u001B[1;33mtoken\u001B[0m\n");
  }

  @Test
  void a_line_break_in_a_word_of_the_user_is_no_second_line() {
    assertThat(SaeProgram.run(console, "train", "--features", "a\nb\u001B[31m", "--out", "o"))
        .isEqualTo(2);
    assertThat(SaeProgram.run(console, "a\nb")).isEqualTo(2);
    assertThat(err.toString()).hasLineCount(2);
    assertHarmless(err.toString());
  }
}
