// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;

/// Hugging Face folders of three families, random weights in three element types, against PyTorch
/// (`fixtures/make.py`).
final class FamiliesTest {
  private static final HookPoint FIRST_OUT = HookPoint.parse("blocks.0.hook_resid_post");
  private static final HookPoint LAST_IN = HookPoint.parse("blocks.1.hook_resid_pre");
  private static final HookPoint LAST_ATTENTION = HookPoint.parse("blocks.1.hook_attn_out");
  private static final HookPoint LAST_MLP = HookPoint.parse("blocks.1.hook_mlp_out");

  /// An open fixture and what is expected of it.
  private record Fixture(LanguageModel model, Golden golden, TokenBatch tokensBT)
      implements AutoCloseable {
    static Fixture open(String family) throws IOException {
      Golden golden = Golden.fixture(family.replaceFirst("/.*", ""));
      return new Fixture(
          LanguageModels.open(folder(family).toString()), golden, golden.tokens("ids"));
    }

    List<Intervention> steering() {
      float[] vector = golden.floats("vector");
      int width = model.modelWidth();
      return List.of(
          new Intervention(FIRST_OUT, adding(Arrays.copyOfRange(vector, 0, width), 3)),
          new Intervention(LAST_MLP, adding(Arrays.copyOfRange(vector, width, 2 * width), 2)));
    }

    @Override
    public void close() {
      model.close();
    }
  }

  static Path folder(String family) {
    try {
      return Path.of(
          Objects.requireNonNull(FamiliesTest.class.getResource("/fixtures/" + family)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static UnaryOperator<FloatRows> adding(float[] vector, float scale) {
    return rows -> {
      for (int i = 0; i < rows.values().length; i++) {
        rows.values()[i] += scale * vector[i % rows.width()];
      }
      return rows;
    };
  }

  private static FloatRows zeroed(FloatRows rows) {
    return FloatRows.zeros(rows.rows(), rows.width());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "pythia",
        "llama",
        "gpt2/onnx-legacy",
        "pythia/onnx-legacy",
        "llama/onnx-legacy",
        "gpt2/onnx-dynamo",
        "pythia/onnx-dynamo",
        "llama/onnx-dynamo"
      })
  void activations_at_every_hook_and_logits_equal_pytorch(String family) throws IOException {
    try (Fixture f = Fixture.open(family)) {
      Map<HookPoint, FloatRows> captured = f.model.capture(f.tokensBT, f.model.hookPoints());

      captured.forEach(
          (hook, rows) -> {
            if (f.golden.names("blocks.").contains(hook.name())) {
              f.golden.assertClose(hook.name(), rows.values());
            }
          });
      assertThat(captured.keySet()).map(HookPoint::name).containsAll(f.golden.names("blocks."));
      f.golden.assertClose("logits", f.model.logits(f.tokensBT).values());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "pythia",
        "llama",
        "gpt2/onnx-legacy",
        "pythia/onnx-legacy",
        "llama/onnx-legacy",
        "gpt2/onnx-dynamo",
        "pythia/onnx-dynamo",
        "llama/onnx-dynamo"
      })
  void splicing_what_was_captured_changes_no_bit(String family) throws IOException {
    try (Fixture f = Fixture.open(family)) {
      float[] whole = f.model.logits(f.tokensBT).values();

      List<HookPoint> ofStream =
          f.model.hookPoints().stream().filter(hook -> hook.site().isOfStream()).toList();
      for (HookPoint hook : ofStream) {
        FloatRows captured =
            Objects.requireNonNull(f.model.capture(f.tokensBT, List.of(hook)).get(hook));
        assertThat(f.model.resume(f.tokensBT, hook, captured).values())
            .as(hook.name())
            .isEqualTo(whole);
      }
      List<Intervention> identities =
          ofStream.stream().map(hook -> new Intervention(hook, UnaryOperator.identity())).toList();
      assertThat(f.model.logits(f.tokensBT, identities).values()).isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "pythia",
        "llama",
        "gpt2/onnx-legacy",
        "pythia/onnx-legacy",
        "llama/onnx-legacy",
        "gpt2/onnx-dynamo",
        "pythia/onnx-dynamo",
        "llama/onnx-dynamo"
      })
  void zeroed_and_steered_passes_equal_pytorch(String family) throws IOException {
    try (Fixture f = Fixture.open(family)) {
      FloatRows nothing = FloatRows.zeros(f.tokensBT.rows(), f.model.modelWidth());
      f.golden.assertClose("logits.zeroed", f.model.resume(f.tokensBT, LAST_IN, nothing).values());
      f.golden.assertClose(
          "logits.attention_zeroed", f.model.resume(f.tokensBT, LAST_ATTENTION, nothing).values());
      Intervention zero = new Intervention(LAST_ATTENTION, FamiliesTest::zeroed);
      f.golden.assertClose(
          "logits.attention_zeroed", f.model.logits(f.tokensBT, List.of(zero)).values());
      f.golden.assertClose("logits.steered", f.model.logits(f.tokensBT, f.steering()).values());
      f.golden.assertClose(
          "logits.steered", f.model.logits(f.tokensBT, f.steering().reversed()).values());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "pythia",
        "llama",
        "gpt2/onnx-legacy",
        "pythia/onnx-legacy",
        "llama/onnx-legacy",
        "gpt2/onnx-dynamo",
        "pythia/onnx-dynamo",
        "llama/onnx-dynamo"
      })
  void greedy_generation_equals_pytorch_plain_and_steered(String family) throws IOException {
    try (Fixture f = Fixture.open(family)) {
      int[] prompt = f.tokensBT.sequence(0);

      assertThat(f.model.generate(prompt, Sampling.greedy(12), List.of()))
          .containsExactly(f.golden.tokens("generated").sequence(0));
      assertThat(f.model.generate(prompt, Sampling.greedy(12), f.steering()))
          .containsExactly(f.golden.tokens("generated.steered").sequence(0));
      assertThat(f.model.generate(prompt, Sampling.greedy(1000), List.of()))
          .hasSize(64 - prompt.length + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "pythia",
        "llama",
        "gpt2/onnx-legacy",
        "pythia/onnx-legacy",
        "llama/onnx-legacy",
        "gpt2/onnx-dynamo",
        "pythia/onnx-dynamo",
        "llama/onnx-dynamo"
      })
  void gradients_at_every_hook_equal_pytorchs_autograd(String family) throws IOException {
    try (Fixture f = Fixture.open(family)) {
      FloatRows gradLogits =
          new FloatRows(
              f.tokensBT.rows(), f.model.vocabularySize(), f.golden.floats("grad.logits"));
      Map<HookPoint, FloatRows> captured = f.model.capture(f.tokensBT, f.model.hookPoints());

      assertThat(f.golden.names("grad.blocks.")).hasSize(8);
      for (String name : f.golden.names("grad.blocks.")) {
        HookPoint hook = HookPoint.parse(name.substring("grad.".length()));
        FloatRows activations = Objects.requireNonNull(captured.get(hook));
        FloatRows gradient = f.model.gradient(f.tokensBT, hook, activations, gradLogits);
        f.golden.assertClose(name, gradient.values(), 1e-5);
      }
    }
  }

  /// A loss that looks at the logits and at every later hook: its directional derivative, by
  /// central differences, is the gradient's product with the direction.
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "pythia", "llama"})
  void a_gradient_of_several_outputs_equals_central_differences(String family) throws IOException {
    try (Fixture f = Fixture.open(family)) {
      HookPoint hook = HookPoint.residPost(0);
      List<HookPoint> later =
          List.of(HookPoint.parse("blocks.1.hook_mlp_out"), HookPoint.residPost(1));
      FloatRows at = Objects.requireNonNull(f.model.capture(f.tokensBT, List.of(hook)).get(hook));
      Continuation there = f.model.resume(f.tokensBT, hook, at, later);
      Map<HookPoint, FloatRows> weights = new LinkedHashMap<>();
      later.forEach(
          each ->
              weights.put(each, wave(f.tokensBT.rows(), f.model.modelWidth(), each.hashCode())));
      Continuation gradients =
          new Continuation(wave(there.logitsBTxV().rows(), f.model.vocabularySize(), 3), weights);
      FloatRows gradient = f.model.gradient(f.tokensBT, hook, at, gradients);

      FloatRows direction = wave(at.rows(), at.width(), 11);
      double expected = dot(gradient, direction);
      float step = 0.01f;
      double difference =
          (loss(f, hook, moved(at, direction, step), gradients)
                  - loss(f, hook, moved(at, direction, -step), gradients))
              / (2 * step);
      assertThat(difference).isCloseTo(expected, withinPercentage(1));
      double ofLogits =
          dot(f.model.gradient(f.tokensBT, hook, at, gradients.logitsBTxV()), direction);
      assertThat(Math.abs(ofLogits - expected)).isGreaterThan(Math.abs(expected) / 20);
      assertThatThrownBy(() -> f.model.resume(f.tokensBT, hook, at, List.of(hook)))
          .hasMessageContaining("does not lie behind");
    }
  }

  private static double loss(Fixture f, HookPoint hook, FloatRows at, Continuation weights) {
    Continuation there = f.model.resume(f.tokensBT, hook, at, weights.later().keySet());
    double loss = dot(there.logitsBTxV(), weights.logitsBTxV());
    for (Map.Entry<HookPoint, FloatRows> each : weights.later().entrySet()) {
      loss += dot(Objects.requireNonNull(there.later().get(each.getKey())), each.getValue());
    }
    return loss;
  }

  private static FloatRows wave(int rows, int width, int seed) {
    FloatRows wave = FloatRows.zeros(rows, width);
    for (int i = 0; i < wave.values().length; i++) {
      wave.values()[i] = (float) Math.sin(seed + 1.7 * i);
    }
    return wave;
  }

  private static FloatRows moved(FloatRows from, FloatRows direction, float step) {
    FloatRows moved = from.copy();
    for (int i = 0; i < moved.values().length; i++) {
      moved.values()[i] += step * direction.values()[i];
    }
    return moved;
  }

  private static double dot(FloatRows a, FloatRows b) {
    double sum = 0;
    for (int i = 0; i < a.values().length; i++) {
      sum += (double) a.values()[i] * b.values()[i];
    }
    return sum;
  }

  @Test
  void sampled_generation_repeats_with_its_seed_and_only_with_it() throws IOException {
    try (Fixture f = Fixture.open("llama")) {
      String first = f.model.generate("model", new Sampling(20, 1, 5), List.of());
      assertThat(f.model.generate("model", new Sampling(20, 1, 5), List.of())).isEqualTo(first);
      assertThat(f.model.generate("model", new Sampling(20, 1, 6), List.of())).isNotEqualTo(first);
    }
  }

  @Test
  void a_folder_that_is_not_understood_is_refused_by_file_and_field(@TempDir Path scratch)
      throws IOException {
    assertThatThrownBy(() -> LanguageModels.open(scratch.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("config.json");
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.copy(
          folder("gpt2").resolve(file), scratch.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    Path config = scratch.resolve("config.json");
    String good = Files.readString(config);

    Files.writeString(config, good.replace("\"gpt2\"", "\"mamba\""));
    assertRefused(scratch, "config.json", "model_type", "mamba", "gpt_neox");
    Files.writeString(config, good.replace("\"n_embd\": 32", "\"n_embd\": 48"));
    assertRefused(scratch, "wte.weight", "[300, 32]", "[300, 48]");
    Files.writeString(config, good.replace("\"gelu_new\"", "\"maxout\""));
    assertRefused(scratch, "activation_function", "maxout");
    Files.writeString(config, good);
    byte[] weights = Files.readAllBytes(scratch.resolve("model.safetensors"));
    Files.write(scratch.resolve("model.safetensors"), Arrays.copyOf(weights, weights.length - 1));
    assertRefused(scratch, "model.safetensors", "cut short");
    Files.write(scratch.resolve("model.safetensors"), new byte[5]);
    assertRefused(scratch, "model.safetensors", "header length");
  }

  private static void assertRefused(Path folder, String... parts) {
    assertThatThrownBy(() -> LanguageModels.open(folder.toString()).close())
        .isInstanceOf(FormatException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts).doesNotContain("\n"));
  }
}
