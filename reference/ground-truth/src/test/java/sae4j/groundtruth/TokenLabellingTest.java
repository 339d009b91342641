// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.labels.Label;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;
import sae4j.activations.text.Document;
import sae4j.groundtruth.TokenLabelling.Criteria;

class TokenLabellingTest {
  private static final JavaLabels JAVA = JavaLabels.open();
  private static final Criteria ALL = new Criteria(1, 1, 1);

  @AfterAll
  static void close() throws IOException {
    JAVA.close();
  }

  /// Texts whose tokens are marked by bars; the bars are no part of the text.
  private static LabelledTokens labelled(Criteria criteria, String... marked) {
    List<Document> documents = new ArrayList<>();
    List<int[]> rows = new ArrayList<>();
    for (String text : marked) {
      int at = 0;
      for (String token : text.split("\\|", -1)) {
        rows.add(new int[] {documents.size(), at, at + token.length()});
        at += token.length();
      }
      documents.add(new Document("d" + documents.size(), text.replace("|", "")));
    }
    int[][] columns = new int[3][];
    Arrays.setAll(columns, c -> rows.stream().mapToInt(row -> row[c]).toArray());
    int[] none = new int[rows.size()];
    return TokenLabelling.of(
        JAVA, new TokenTable(none, columns[0], columns[1], columns[2], none), documents, criteria);
  }

  private static List<Integer> rowsWith(LabelledTokens tokens, String label) {
    int index = tokens.indexOf(new Label(label));
    assertThat(index).as(label).isNotNegative();
    List<Integer> rows = new ArrayList<>();
    for (int row = 0; row < tokens.rows(); row++) {
      if (tokens.holds(index, row)) {
        rows.add(row);
      }
    }
    return rows;
  }

  private static final String TEXT =
      "cl|ass| A| {|\n  /|/ co|mment|\n  | void f|()| { g(|);|\n  }| }";

  @Test
  void a_token_has_the_labels_of_all_it_touches_and_blanks_around_it_do_not_count() {
    LabelledTokens tokens = labelled(ALL, TEXT, TEXT);
    assertThat(rowsWith(tokens, "keyword: class")).containsExactly(0, 1, 14, 15);
    assertThat(rowsWith(tokens, "comment")).startsWith(4, 5, 6).hasSize(6);
    assertThat(rowsWith(tokens, "keyword: void")).containsExactly(8, 22);
    assertThat(rowsWith(tokens, "identifier")).containsExactly(2, 8, 10, 16, 22, 24);
    assertThat(rowsWith(tokens, "separator: ;")).containsExactly(11, 25);
    assertThat(rowsWith(tokens, "in method body")).containsExactly(10, 11, 12, 24, 25, 26);
  }

  @Test
  void a_blank_token_is_judged_by_its_blanks() {
    LabelledTokens tokens = labelled(ALL, TEXT, TEXT);
    assertThat(rowsWith(tokens, "brace depth 1")).contains(7);
    assertThat(rowsWith(tokens, "comment")).doesNotContain(7);
  }

  @Test
  void files_alternate_between_the_halves_and_text_that_is_no_java_is_in_neither() {
    LabelledTokens tokens = labelled(ALL, "class| A {}", "no| java", "class| B {}", "class| C {}");
    assertThat(tokens.rows(Half.CHOOSING)).containsExactly(0, 1, 6, 7);
    assertThat(tokens.rows(Half.HELD_OUT)).containsExactly(4, 5);
    assertThat(tokens.skippedFiles()).isEqualTo(1);
    assertThat(tokens.files()).isEqualTo(3);
    assertThat(tokens.file(6)).isEqualTo(2);
  }

  @Test
  void labels_of_the_same_tokens_are_one_with_the_shortest_name() {
    LabelledTokens tokens = labelled(ALL, TEXT, TEXT);
    // Every separator `;` of this text ends a call.
    assertThat(tokens.labels())
        .contains(new Label("separator: ;"))
        .doesNotContain(new Label("separator: ;: call"))
        .isSorted();
  }

  @Test
  void labels_that_are_rare_or_hold_nearly_everywhere_are_left_out() {
    assertThat(labelled(new Criteria(2, 1, 1), TEXT, TEXT).labels())
        .contains(new Label("comment"))
        .doesNotContain(new Label("keyword: void"));
    assertThat(labelled(new Criteria(1, 1, 0.3), TEXT, TEXT).labels())
        .contains(new Label("keyword: void"))
        .doesNotContain(new Label("brace depth 1"));
    assertThatThrownBy(() -> labelled(new Criteria(1, 2, 1), TEXT, TEXT))
        .hasMessageContaining("1 tokens of 2 files")
        .hasMessageContaining("more Java text");
  }

  @Test
  void one_file_is_too_little() {
    assertThatThrownBy(() -> labelled(ALL, TEXT, "no java"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 of 2 texts are Java");
  }

  @Test
  void positives_are_counted_by_half() {
    LabelledTokens tokens = labelled(ALL, "class| A {}", "class| B| {}", "class| C {}");
    int label = tokens.indexOf(new Label("keyword"));
    assertThat(tokens.positives(Half.CHOOSING)[label]).isEqualTo(2);
    assertThat(tokens.positives(Half.HELD_OUT)[label]).isEqualTo(1);
  }
}
