// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;
import sae4j.models.heads.OneHead;

/// A head of a model is its columns among those of all heads, and nothing else.
class OneHeadTest {
  private static final HookPoint HEADS = HookPoint.parse("blocks.0.attn.hook_z");
  private static final int HEAD = 2;
  private static final int WIDTH = 8;

  private static FloatRows at(LanguageModel model, TokenBatch tokensBT) {
    return Objects.requireNonNull(model.capture(tokensBT, List.of(HEADS)).get(HEADS));
  }

  private static FloatRows doubled(FloatRows rows) {
    FloatRows doubled = rows.copy();
    for (int i = 0; i < doubled.values().length; i++) {
      doubled.values()[i] *= 2;
    }
    return doubled;
  }

  /// All heads, of which one is doubled.
  private static FloatRows oneDoubled(FloatRows all) {
    FloatRows changed = all.copy();
    for (int row = 0; row < all.rows(); row++) {
      for (int w = 0; w < WIDTH; w++) {
        changed.values()[row * all.width() + HEAD * WIDTH + w] *= 2;
      }
    }
    return changed;
  }

  @Test
  void what_is_done_at_a_head_is_done_to_its_columns() throws IOException {
    TokenBatch tokensBT = Golden.fixture("llama").tokens("ids");
    try (LanguageModel model = LanguageModels.open(FamiliesTest.folder("llama").toString())) {
      LanguageModel head = OneHead.of(model, HEADS, HEAD);
      assertThat(head.width(HEADS)).isEqualTo(WIDTH);
      assertThat(head.width(HookPoint.residPost(0))).isEqualTo(model.modelWidth());
      FloatRows all = at(model, tokensBT);
      FloatRows own = at(head, tokensBT);
      for (int row = 0; row < own.rows(); row++) {
        for (int w = 0; w < WIDTH; w++) {
          assertThat(own.at(row, w)).isEqualTo(all.at(row, HEAD * WIDTH + w));
        }
      }
      float[] expected =
          model
              .logits(tokensBT, List.of(new Intervention(HEADS, OneHeadTest::oneDoubled)))
              .values();
      List<Intervention> doubling = List.of(new Intervention(HEADS, OneHeadTest::doubled));
      assertThat(head.logits(tokensBT, doubling).values()).isEqualTo(expected);
      assertThat(head.resume(tokensBT, HEADS, doubled(own)).values()).isEqualTo(expected);
      assertThat(
              head.logits(tokensBT, List.of(new Intervention(HEADS, UnaryOperator.identity())))
                  .values())
          .isEqualTo(model.logits(tokensBT).values());
      assertThat(head.generate(tokensBT.sequence(0), Sampling.greedy(4), doubling))
          .isEqualTo(
              model.generate(
                  tokensBT.sequence(0),
                  Sampling.greedy(4),
                  List.of(new Intervention(HEADS, OneHeadTest::oneDoubled))));

      FloatRows seed = FloatRows.zeros(tokensBT.rows(), model.vocabularySize());
      for (int i = 0; i < seed.values().length; i++) {
        seed.values()[i] = (float) Math.sin(i);
      }
      FloatRows gradient = model.gradient(tokensBT, HEADS, all, new Continuation(seed));
      FloatRows ofHead = head.gradient(tokensBT, HEADS, own, new Continuation(seed));
      for (int row = 0; row < own.rows(); row++) {
        for (int w = 0; w < WIDTH; w++) {
          assertThat(ofHead.at(row, w)).isEqualTo(gradient.at(row, HEAD * WIDTH + w));
        }
      }
    }
  }

  @Test
  void a_head_that_there_is_not_is_refused() throws IOException {
    try (LanguageModel model = LanguageModels.open(FamiliesTest.folder("llama").toString())) {
      assertThatThrownBy(() -> OneHead.of(model, HEADS, 4)).hasMessageContaining("heads 0 to 3");
      assertThatThrownBy(() -> OneHead.of(model, HookPoint.parse("blocks.0.attn.hook_k"), 2))
          .hasMessageContaining("heads 0 to 1");
      assertThatThrownBy(() -> OneHead.of(model, HookPoint.residPost(0), 0))
          .hasMessageContaining("not those of heads");
    }
  }
}
