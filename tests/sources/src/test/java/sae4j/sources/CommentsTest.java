// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.sources;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommentsTest {
  private static final int WIDTH = 40;

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        /// A paragraph whose words fill their
        /// lines.
        ///
        /// | table | a row |
        /// - an item with words that go on in
        ///   the second line
        /// @param x what it is, in words that
        ///     go on
        /// ```
        /// a =
        /// fence
        /// ```
        final class A {}
        """,
        """
        int x; // a remark
        // short
        int y;
        //     kept
        //     as it is
        """,
        """
        String text =
            \"""
            // torn in a text block
            \""";
        """
      })
  void filled_comments_and_what_is_no_prose_stay(String source) {
    assertThat(Comments.filled(source, WIDTH)).isEqualTo(source);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "  // a remark that a formatter\n  // tore\n  // into three lines",
        "  // a remark that a formatter tore into three lines",
        "  // a\n  // remark that a formatter tore into\n  // three lines"
      })
  void torn_and_overlong_comments_are_filled(String torn) {
    assertThat(Comments.filled(torn, WIDTH))
        .isEqualTo("  // a remark that a formatter tore into\n  // three lines");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-", "1.", "#", "@param", "|"})
  void no_line_begins_with_a_word_that_markdown_would_take_for_markup(String markup) {
    String source = "/// thirty characters of prose, a %s b".formatted(markup);
    String filled = Comments.filled(source + " and so on", 38 + markup.length() - 2);
    assertThat(filled.lines()).hasSize(2).noneMatch(line -> line.startsWith("/// " + markup));
  }
}
