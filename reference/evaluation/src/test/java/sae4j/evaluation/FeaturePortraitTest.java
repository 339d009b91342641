// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sae4j.evaluation.FeatureExamples.Example;

class FeaturePortraitTest {
  private static final double SPARSE = 0.01;

  /// `count` documents, in each of which the token stands once, behind another and among words of
  /// its own document.
  private static void write(
      Corpus corpus,
      int count,
      String before,
      String token,
      String after,
      int feature,
      double activation) {
    for (int i = 0; i < count; i++) {
      corpus
          .tokens("doc" + corpus.rows() + "; ", before)
          .token(token, feature, activation - i)
          .tokens(after, " …")
          .end();
    }
  }

  @Test
  void a_portrait_says_what_the_strongest_examples_share() {
    Corpus corpus = new Corpus(1);
    write(corpus, 9, "new ", "int", "[", 0, 100);
    write(corpus, 3, "(", "long", ")", 0, 50);
    FeaturePortrait portrait = corpus.portraits(new double[] {SPARSE}, 5).getFirst();
    assertThat(portrait.feature()).isZero();
    assertThat(portrait.density()).isEqualTo(SPARSE);
    assertThat(portrait.commonToken()).isEqualTo("int");
    assertThat(portrait.share()).isEqualTo(9 / 12.0);
    assertThat(portrait.commonlyAfter()).isEqualTo("new ");
    assertThat(portrait.wholeWord()).isTrue();
    assertThat(portrait.documents()).isEqualTo(12);
    assertThat(portrait.examples()).hasSize(12);
    assertThat(portrait.examples().getFirst()).isEqualTo(new Example(2, 100));
  }

  @Test
  void tokens_that_follow_different_ones_commonly_follow_none() {
    Corpus corpus = new Corpus(1);
    write(corpus, 5, "new ", "int", "[", 0, 100);
    write(corpus, 5, "(", "int", ")", 0, 50);
    assertThat(corpus.portraits(new double[] {SPARSE}, 5).getFirst().commonlyAfter()).isEmpty();
  }

  @Test
  void copies_of_one_place_count_once() {
    Corpus corpus = new Corpus(1);
    for (int i = 0; i < 20; i++) {
      corpus.tokens("the same licence ").token("text", 0, 50).tokens(" everywhere").end();
    }
    write(corpus, 6, "of ", "text", ".", 0, 40);
    assertThat(corpus.portraits(new double[] {SPARSE}, 5)).as("seven distinct examples").isEmpty();
    write(corpus, 1, "of ", "text", ".", 0, 40);
    assertThat(corpus.portraits(new double[] {SPARSE}, 5).getFirst().examples()).hasSize(8);
  }

  @Test
  void readable_features_come_before_stronger_ones_that_are_not() {
    Corpus corpus = new Corpus(5);
    write(corpus, 8, " ", "dense", " ", 0, 900);
    write(corpus, 8, "un", "pieced", "ly", 1, 800);
    for (int i = 0; i < 8; i++) {
      corpus.tokens("only in one, place " + i + " ").token("rare", 2, 700 - i).tokens(" ");
    }
    corpus.end();
    write(corpus, 5, " ", "mixed", " ", 3, 600);
    write(corpus, 4, " ", "motley", " ", 3, 500);
    write(corpus, 8, " ", "clear", " ", 4, 100);
    double[] density = {0.03, SPARSE, SPARSE, SPARSE, SPARSE};
    assertThat(corpus.portraits(density, 5))
        .extracting(FeaturePortrait::feature)
        .containsExactly(4, 0, 1, 2, 3);
    assertThat(corpus.portraits(density, 2))
        .extracting(FeaturePortrait::feature)
        .containsExactly(4, 0);
    assertThat(corpus.portraits(density, 5))
        .extracting(FeaturePortrait::commonToken)
        .containsExactly("clear", "dense", "pieced", "rare", "mixed");
  }

  @Test
  void white_space_is_hard_to_read() {
    Corpus corpus = new Corpus(2);
    write(corpus, 8, ";", "\n", "}", 0, 900);
    write(corpus, 8, " ", "clear", " ", 1, 100);
    assertThat(corpus.portraits(new double[] {SPARSE, SPARSE}, 5))
        .extracting(FeaturePortrait::feature)
        .containsExactly(1, 0);
  }

  @Test
  void a_token_is_shown_once_by_its_strongest_feature() {
    Corpus corpus = new Corpus(3);
    write(corpus, 8, " ", "return", " ", 0, 100);
    write(corpus, 8, ";", " return", " ", 1, 300);
    write(corpus, 8, " ", "throw", " ", 2, 200);
    assertThat(corpus.portraits(new double[] {SPARSE, SPARSE, SPARSE}, 5))
        .extracting(FeaturePortrait::feature)
        .containsExactly(1, 2);
  }
}
