// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.TokenBatch;
import sae4j.models.centred.CentredModel;

/// A model read as if the weights that write into its residual stream were centred, beside one
/// whose weights are.
class CentredModelTest {
  private static final TokenBatch TOKENS = TokenBatch.of(new int[] {3, 1, 4, 1, 5, 9, 2, 6});

  @TempDir private Path folder = Path.of("");

  private static LanguageModel fixture(String family) throws IOException {
    return LanguageModels.open(FamiliesTest.folder(family).toString());
  }

  /// GPT-2 with every matrix and bias that writes into the stream less its mean over the width.
  private LanguageModel withCentredWeights() throws IOException {
    Path from = FamiliesTest.folder("gpt2");
    for (String file : List.of("config.json", "tokenizer.json")) {
      Files.copy(from.resolve(file), folder.resolve(file));
    }
    List<TensorData> tensors = new ArrayList<>();
    try (Safetensors stored = Safetensors.open(from.resolve("model.safetensors"))) {
      for (TensorInfo info : stored.tensors()) {
        float[] values = stored.tensor(info.name()).floats();
        boolean writes = info.name().matches(".*(wte|wpe)\\.weight|.*c_proj\\.(weight|bias)");
        int width = 32;
        for (int row = 0; writes && row < values.length / width; row++) {
          double sum = 0;
          for (int d = 0; d < width; d++) {
            sum += values[row * width + d];
          }
          for (int d = 0; d < width; d++) {
            values[row * width + d] -= (float) (sum / width);
          }
        }
        tensors.add(TensorData.floats(info.name(), values, info.shape().sizes()));
      }
    }
    Safetensors.write(folder.resolve("model.safetensors"), Map.of(), tensors);
    return LanguageModels.open(folder.toString());
  }

  @Test
  void activations_at_every_hook_are_those_of_centred_weights() throws IOException {
    try (LanguageModel plain = fixture("gpt2");
        LanguageModel centred = CentredModel.of(plain);
        LanguageModel weights = withCentredWeights()) {
      Map<HookPoint, FloatRows> expected = weights.capture(TOKENS, weights.hookPoints());
      Map<HookPoint, FloatRows> found = centred.capture(TOKENS, centred.hookPoints());
      Map<HookPoint, FloatRows> raw = plain.capture(TOKENS, plain.hookPoints());
      expected.forEach(
          (hook, rows) -> {
            float[] each = Objects.requireNonNull(found.get(hook)).values();
            assertThat(each).as(hook.name()).containsExactly(rows.values(), within(1e-4f));
            float[] before = Objects.requireNonNull(raw.get(hook)).values();
            assertThat(Arrays.equals(each, before))
                .as(hook.name())
                .isEqualTo(!hook.site().isOfStream());
          });
    }
  }

  @Test
  void what_lies_behind_a_hook_does_not_change() throws IOException {
    try (LanguageModel plain = fixture("gpt2");
        LanguageModel centred = CentredModel.of(plain)) {
      float[] logits = plain.logits(TOKENS).values();
      for (HookPoint hook : centred.hookPoints()) {
        FloatRows rows = Objects.requireNonNull(centred.capture(TOKENS, List.of(hook)).get(hook));
        assertThat(centred.resume(TOKENS, hook, rows).values())
            .as(hook.name())
            .containsExactly(logits, within(1e-4f));
        Intervention identity = new Intervention(hook, UnaryOperator.identity());
        assertThat(centred.logits(TOKENS, List.of(identity)).values())
            .containsExactly(logits, within(1e-4f));
      }
    }
  }

  @Test
  void a_model_whose_norms_keep_the_mean_cannot_be_centred() throws IOException {
    try (LanguageModel llama = fixture("llama");
        LanguageModel pythia = fixture("pythia")) {
      assertThat(CentredModel.isEqualTo(llama)).isFalse();
      assertThat(CentredModel.isEqualTo(pythia)).isTrue();
      assertThatThrownBy(() -> CentredModel.of(llama)).hasMessageContaining("keep the mean");
    }
  }
}
