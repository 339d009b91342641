// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.backends.onnxruntime.FusedDecoder.Attention;
import sae4j.backends.onnxruntime.FusedDecoder.Rounded;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;

/// Whole decoders of fused operators, written over the weights of fixtures, beside what PyTorch
/// computes from these weights.
class FusedDecoderTest {
  private static final List<String> STREAM =
      List.of("blocks.0.hook_resid_pre", "blocks.0.hook_mlp_out");

  @TempDir private Path scratch;

  private LanguageModel open(String fixture, FusedDecoder decoder) throws IOException {
    Path from = FamiliesTest.folder("families/" + fixture);
    Path folder = Files.createDirectories(scratch.resolve(decoder.rounded().name()));
    Files.copy(from.resolve("config.json"), folder.resolve("config.json"));
    Files.copy(
        FamiliesTest.folder("gpt2").resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    decoder.write(from, folder);
    return LanguageModels.open(folder.toString());
  }

  private static FloatRows weights(LanguageModel model, TokenBatch tokensBT) {
    FloatRows weights = FloatRows.zeros(tokensBT.rows(), model.vocabularySize());
    for (int i = 0; i < weights.values().length; i++) {
      weights.values()[i] = (float) Math.sin(3 + 1.7 * i);
    }
    return weights;
  }

  /// Activations in the stream, logits, gradients and text, as PyTorch has them.
  private void equalsPytorch(String fixture, FusedDecoder decoder, boolean cached)
      throws IOException {
    Golden golden = Golden.fixture("families/" + fixture);
    TokenBatch tokensBT = golden.tokens("ids");
    try (LanguageModel model = open(fixture, decoder)) {
      golden.assertClose("logits", model.logits(tokensBT).values(), 1e-5);
      Map<HookPoint, FloatRows> captured = model.capture(tokensBT, model.hookPoints());
      captured.forEach(
          (hook, rows) -> {
            if (rows.width() == decoder.width()) {
              golden.assertClose(hook.name(), rows.values(), 1e-5);
            }
          });
      for (String name : STREAM) {
        HookPoint hook = HookPoint.parse(name);
        FloatRows at = Objects.requireNonNull(captured.get(hook));
        FloatRows gradient = model.gradient(tokensBT, hook, at, weights(model, tokensBT));
        golden.assertClose("grad." + name, gradient.values(), 2e-5);
      }
      if (cached) {
        int[] prompt = tokensBT.sequence(0);
        assertThat(model.generate(prompt, Sampling.greedy(8), List.of()))
            .containsExactly(golden.tokens("generated").sequence(0));
      }
    }
  }

  @Test
  void bounded_scores_and_windows_of_a_gemma_2() throws IOException {
    equalsPytorch(
        "gemma2", new FusedDecoder(2, 12, 4, 2, 4, true, Attention.GROUPED, Rounded.NOT), true);
  }

  @Test
  void attention_of_all_heads_behind_rotations_of_its_own() throws IOException {
    equalsPytorch(
        "llama-heads",
        new FusedDecoder(2, 16, 4, 2, 16, false, Attention.OF_ALL_HEADS, Rounded.NOT),
        false);
  }

  @Test
  void quantised_matrices_are_the_rounded_ones() throws IOException {
    FusedDecoder rounded =
        new FusedDecoder(2, 16, 4, 2, 16, false, Attention.GROUPED, Rounded.FLOATS);
    FusedDecoder quantised =
        new FusedDecoder(2, 16, 4, 2, 16, false, Attention.GROUPED, Rounded.QUANTISED);
    TokenBatch tokensBT = Golden.fixture("families/llama-heads").tokens("ids");
    try (LanguageModel expected = open("llama-heads", rounded);
        LanguageModel actual = open("llama-heads", quantised)) {
      assertThat(actual.hookPoints()).isEqualTo(expected.hookPoints());
      assertClose(actual.logits(tokensBT), expected.logits(tokensBT), 1e-5);
      Map<HookPoint, FloatRows> captured = expected.capture(tokensBT, expected.hookPoints());
      captured.forEach(
          (hook, at) -> {
            FloatRows seed = weights(actual, tokensBT);
            assertClose(
                actual.gradient(tokensBT, hook, at, seed),
                expected.gradient(tokensBT, hook, at, seed),
                2e-5);
          });
    }
  }

  private static void assertClose(FloatRows actual, FloatRows expected, double tolerance) {
    double scale = 0;
    double worst = 0;
    for (int i = 0; i < expected.values().length; i++) {
      scale = Math.max(scale, Math.abs(expected.values()[i]));
      worst = Math.max(worst, Math.abs((double) expected.values()[i] - actual.values()[i]));
    }
    assertThat(worst).as("values up to " + scale).isLessThanOrEqualTo(tolerance * scale);
  }
}
