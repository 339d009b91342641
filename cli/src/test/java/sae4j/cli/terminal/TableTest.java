// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void columns_are_as_wide_as_their_widest_cell_and_numbers_stand_to_the_right() {
    Table table = Table.withColumns("name", ">count");
    table.row("a", "7");
    table.row("longer", "12345");
    StringWriter text = new StringWriter();
    table.printTo(new PrintWriter(text));
    assertThat(text.toString().lines())
        .containsExactly("name    count", "a           7", "longer  12345");
  }

  @Test
  void a_row_of_another_length_is_refused() {
    assertThatThrownBy(() -> Table.withColumns("one").row("a", "b"))
        .hasMessage("a row of 2 cells in a table of 1 columns");
  }
}
