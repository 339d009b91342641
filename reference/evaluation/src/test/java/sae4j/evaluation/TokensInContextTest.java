// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.activations.capture.TokenTable;

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

  @ParameterizedTest
  @CsvSource({
    // column of the token table, row, value, what is said
    "1, 9, 2, row 9 is of document 2 of 2",
    "1, 3, -1, row 3 is of document -1 of 2",
    "2, 8, 99, row 8 is characters 99 to",
    "3, 0, 9999, row 0 is characters 0 to",
    "2, 4, -5, row 4 is characters -5 to",
  })
  void tokens_that_do_not_fit_the_documents_are_found(int column, int row, int value, String said) {
    assertThat(text.disagreement()).isEmpty();
    TokenTable good = text.tokens();
    int[][] columns = {
      good.ids(), good.documents().clone(), good.starts().clone(), good.ends().clone()
    };
    columns[column][row] = value;
    TokenTable bad =
        new TokenTable(columns[0], columns[1], columns[2], columns[3], good.positions());

    assertThat(new TokensInContext(bad, text.documents()).disagreement().orElseThrow())
        .startsWith(said);
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
