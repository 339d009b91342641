// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokensInContextTest {
  //                                        0      1      2         3       4    5
  //      6
  private final TokensInContext text =
      new Corpus(1)
          .tokens("int", " get", "Name", "(", ")", "", ";")
          .end()
          .gap("/* seen */ ")
          .tokens("re", "turn")
          .gap(" ")
          .tokens("x")
          .end()
          .context();

  @Test
  void a_token_is_what_stands_at_its_place() {
    assertThat(text.token(1)).isEqualTo(" get");
    assertThat(text.token(5)).isEmpty();
    assertThat(text.token(7)).isEqualTo("re");
    assertThat(text.token(9)).isEqualTo("x");
  }

  @Test
  void the_previous_token_is_the_one_that_touches_in_the_same_document() {
    assertThat(text.previousToken(0)).isEmpty();
    assertThat(text.previousToken(1)).isEqualTo("int");
    assertThat(text.previousToken(7)).as("first of its document").isEmpty();
    assertThat(text.previousToken(8)).isEqualTo("re");
    assertThat(text.previousToken(9)).as("behind a gap").isEmpty();
  }

  @Test
  void a_token_glued_to_letters_is_no_whole_word() {
    assertThat(text.isWholeWord(0)).isTrue();
    assertThat(text.isWholeWord(1)).as("' get' of 'getName'").isFalse();
    assertThat(text.isWholeWord(2)).as("'Name' of 'getName'").isFalse();
    assertThat(text.isWholeWord(3)).as("a sign behind a word").isTrue();
    assertThat(text.isWholeWord(7)).isFalse();
    assertThat(text.isWholeWord(8)).isFalse();
    assertThat(text.isWholeWord(9)).as("the end of a document").isTrue();
  }

  @Test
  void surroundings_end_with_the_document() {
    assertThat(text.before(2, 5)).isEqualTo("t get");
    assertThat(text.before(1, 99)).isEqualTo("int");
    assertThat(text.after(1, 5)).isEqualTo("Name(");
    assertThat(text.after(4, 99)).isEqualTo(";");
    assertThat(text.before(7, 99)).isEqualTo("/* seen */ ");
    assertThat(text.after(9, 1)).isEmpty();
  }

  @Test
  void the_document_of_a_token_has_its_name() {
    assertThat(text.document(6)).isEqualTo("document 0");
    assertThat(text.document(7)).isEqualTo("document 1");
  }
}
