// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;

/// Text is generated from the logits of last tokens alone. The logits of this prompt would take
/// 2,400 MB, more than a buffer holds.
class LastLogitsTest {
  private static final int VOCABULARY = 600_000;
  private static final int CONTEXT = 1_010;
  private static final int PROMPT = 1_000;
  private static final int WIDTH = 4;

  @TempDir private Path folder;
  private final SplittableRandom random = new SplittableRandom(7);

  private TensorData noise(String name, int... dims) {
    float[] values = new float[Arrays.stream(dims).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorData.floats(name, values, Arrays.stream(dims).asLongStream().toArray());
  }

  private LanguageModel wide() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "num_hidden_layers": 1, "hidden_size": 4, "intermediate_size": 4,
         "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": %d,
         "rms_norm_eps": 1e-6, "hidden_act": "silu", "tie_word_embeddings": true,
         "vocab_size": %d}
        """
            .formatted(CONTEXT, VOCABULARY));
    Files.copy(
        FamiliesTest.folder("gpt2").resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    String block = "model.layers.0.";
    Safetensors.write(
        folder.resolve("model.safetensors"),
        Map.of(),
        List.of(
            noise("model.embed_tokens.weight", VOCABULARY, WIDTH),
            noise("model.norm.weight", WIDTH),
            noise(block + "input_layernorm.weight", WIDTH),
            noise(block + "post_attention_layernorm.weight", WIDTH),
            noise(block + "self_attn.q_proj.weight", WIDTH, WIDTH),
            noise(block + "self_attn.k_proj.weight", WIDTH, WIDTH),
            noise(block + "self_attn.v_proj.weight", WIDTH, WIDTH),
            noise(block + "self_attn.o_proj.weight", WIDTH, WIDTH),
            noise(block + "mlp.gate_proj.weight", WIDTH, WIDTH),
            noise(block + "mlp.up_proj.weight", WIDTH, WIDTH),
            noise(block + "mlp.down_proj.weight", WIDTH, WIDTH)));
    return LanguageModels.open(folder.toString());
  }

  private static int likeliest(LanguageModel model, FloatRows logits) {
    int best = 0;
    for (int v = 0; v < model.tokenizer().vocabularySize(); v++) {
      best = logits.at(0, v) > logits.at(0, best) ? v : best;
    }
    return best;
  }

  @Test
  void a_prompt_whose_logits_fill_no_buffer_is_continued_and_steered() throws IOException {
    try (LanguageModel model = wide()) {
      int[] prompt = random.ints(PROMPT, 0, VOCABULARY).toArray();
      TokenBatch tokensT = TokenBatch.of(prompt);
      HookPoint start = HookPoint.parse("blocks.0.hook_resid_pre");
      HookPoint end = HookPoint.residPost(0);
      Intervention steered =
          new Intervention(
              start,
              rows -> {
                for (int i = 0; i < rows.values().length; i++) {
                  rows.values()[i] += i % WIDTH == 1 ? 9 : 0;
                }
                return rows;
              });

      for (List<Intervention> changes : List.of(List.<Intervention>of(), List.of(steered))) {
        int[] written = model.generate(prompt, Sampling.greedy(3), changes);

        assertThat(written).hasSize(3);
        FloatRows rows = Objects.requireNonNull(model.capture(tokensT, List.of(start)).get(start));
        FloatRows changed = changes.isEmpty() ? rows : steered.edit().apply(rows);
        FloatRows stream =
            Objects.requireNonNull(model.advance(tokensT, start, changed, List.of(end)).get(end));
        FloatRows last = stream.select(new int[] {PROMPT - 1});
        FloatRows logits = model.resume(TokenBatch.of(prompt[PROMPT - 1]), end, last);
        assertThat(written[0]).isEqualTo(likeliest(model, logits));
      }
      assertThatThrownBy(() -> model.logits(tokensT))
          .hasMessageContaining("logits of 1,000 tokens over the 600,000")
          .hasMessageContaining("more than a buffer holds");
    }
  }
}
