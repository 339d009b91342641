// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;
import sae4j.evaluation.TokensInContext;

class ExcerptTest {
  /// `int` of the first document has no row: the model parked attention there.
  private static final TokensInContext TEXT =
      new TokensInContext(
          new TokenTable(
              new int[] {1, 2, 3, 4, 5},
              new int[] {0, 0, 0, 1, 1},
              new int[] {0, 7, 9, 0, 4},
              new int[] {3, 9, 10, 4, 5},
              new int[] {1, 3, 4, 1, 2}),
          List.of(new Document("A", "for int i;"), new Document("B", "else{")));

  @Test
  void text_without_a_row_stands_between_its_neighbours() {
    Excerpt excerpt = Excerpt.around(TEXT, 1, 5, 5);

    assertThat(excerpt.tokens()).containsExactly("for", " int", " i", ";");
    assertThat(excerpt.rows()).containsExactly(0, -1, 1, 2);
    assertThat(excerpt.peak()).isEqualTo(2);
  }

  @Test
  void an_excerpt_ends_with_its_document() {
    assertThat(Excerpt.around(TEXT, 2, 1, 9).tokens()).containsExactly(" i", ";");
    assertThat(Excerpt.around(TEXT, 3, 9, 0).tokens()).containsExactly("else");
    assertThat(Excerpt.around(TEXT, 4, 9, 9).tokens()).containsExactly("else", "{");
  }
}
