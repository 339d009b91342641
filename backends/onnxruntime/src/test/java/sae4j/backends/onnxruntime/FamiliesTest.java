package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.FormatException;
import sae4j.activations.models.FloatRows;
import sae4j.activations.models.HookPoint;
import sae4j.activations.models.Intervention;
import sae4j.activations.models.LanguageModel;
import sae4j.activations.models.LanguageModels;
import sae4j.activations.models.Sampling;
import sae4j.activations.models.TokenBatch;

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
            if (hook.site() != HookPoint.Site.RESID_MID) {
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

      for (HookPoint hook : f.model.hookPoints()) {
        FloatRows captured =
            Objects.requireNonNull(f.model.capture(f.tokensBT, List.of(hook)).get(hook));
        assertThat(f.model.resume(f.tokensBT, hook, captured).values())
            .as(hook.name())
            .isEqualTo(whole);
      }
      List<Intervention> identities =
          f.model.hookPoints().stream()
              .map(hook -> new Intervention(hook, UnaryOperator.identity()))
              .toList();
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
