// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.onnxruntime.families.ModelFamilies;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.HookPoint.Site;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;

/// A tiny random model of every family, in bfloat16, against PyTorch (`fixtures/families.py`): at
/// every hook point, in the logits, spliced, steered, generated and differentiated. The sequences
/// are longer than the sliding windows.
class EveryFamilyTest {
  /// From these, gradients go through every other tensor of a block.
  private static final Set<Site> GRADIENTS = Set.of(Site.RESID_PRE, Site.Q, Site.Z, Site.MLP_POST);

  @TempDir private Path scratch;

  static List<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(fixtures())) {
      return folders
          .filter(Files::isDirectory)
          .map(each -> each.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private static Path fixtures() {
    try {
      return Path.of(
          Objects.requireNonNull(EveryFamilyTest.class.getResource("/fixtures/families")).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// A folder as a user has it: the tokenizer stands beside the model.
  private Path folder(String name, String config) throws IOException {
    Path folder = Files.createDirectories(scratch.resolve(name + " " + config));
    Path from = fixtures().resolve(name);
    Files.copy(from.resolve(config), folder.resolve("config.json"));
    Files.copy(from.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    Files.copy(
        fixtures().resolveSibling("gpt2").resolve("tokenizer.json"),
        folder.resolve("tokenizer.json"));
    return folder;
  }

  private LanguageModel open(String name) throws IOException {
    return LanguageModels.open(folder(name, "config.json").toString());
  }

  private static Golden golden(String name) throws IOException {
    return Golden.fixture("families/" + name);
  }

  /// The rows of the last tokens.
  private static float[] last(FloatRows rows, TokenBatch tokensBT) {
    float[] last = new float[tokensBT.sequences() * rows.width()];
    for (int b = 0; b < tokensBT.sequences(); b++) {
      int row = (b + 1) * tokensBT.length() - 1;
      System.arraycopy(rows.values(), row * rows.width(), last, b * rows.width(), rows.width());
    }
    return last;
  }

  private static UnaryOperator<FloatRows> adding(float scale, float... vector) {
    return rows -> {
      FloatRows moved = rows.copy();
      for (int i = 0; i < moved.values().length; i++) {
        moved.values()[i] += scale * vector[i % vector.length];
      }
      return moved;
    };
  }

  private static List<Intervention> steering(LanguageModel model, Golden golden) {
    float[] vector = golden.floats("vector");
    int width = model.modelWidth();
    return List.of(
        new Intervention(HookPoint.residPost(0), adding(3, Arrays.copyOfRange(vector, 0, width))),
        new Intervention(
            HookPoint.parse("blocks.1.hook_mlp_out"),
            adding(2, Arrays.copyOfRange(vector, width, 2 * width))),
        new Intervention(
            HookPoint.parse("blocks.1.attn.hook_z"),
            adding(1, Arrays.copyOfRange(vector, 2 * width, vector.length))));
  }

  @Test
  void there_is_a_case_of_every_type_that_is_covered() throws IOException {
    Set<String> types = new TreeSet<>();
    for (String each : cases()) {
      String config = Files.readString(fixtures().resolve(each).resolve("config.json"));
      for (String type : ModelFamilies.modelTypes()) {
        if (config.contains("\"model_type\": \"" + type + "\"")) {
          types.add(type);
        }
      }
    }
    // Those of FamiliesTest, and of NewFamilyTest.
    types.addAll(List.of("gpt2", "gpt_neox", "llama", "bounded"));
    assertThat(ModelFamilies.modelTypes()).containsExactlyInAnyOrderElementsOf(types);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void activations_at_every_hook_and_logits_equal_pytorch(String name) throws IOException {
    Golden golden = golden(name);
    TokenBatch tokensBT = golden.tokens("ids");
    try (LanguageModel model = open(name)) {
      Map<HookPoint, FloatRows> captured = model.capture(tokensBT, model.hookPoints());

      assertThat(captured.keySet())
          .map(HookPoint::name)
          .containsExactlyInAnyOrderElementsOf(golden.names("blocks."));
      captured.forEach(
          (hook, rows) -> {
            assertThat(rows.width()).as(hook.name()).isEqualTo(model.width(hook));
            golden.assertClose(hook.name(), rows.values(), 1e-5);
          });
      golden.assertClose("logits", model.logits(tokensBT).values(), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void splicing_what_was_captured_changes_nothing(String name) throws IOException {
    TokenBatch tokensBT = golden(name).tokens("ids");
    try (LanguageModel model = open(name)) {
      float[] whole = model.logits(tokensBT).values();
      List<Intervention> everywhere =
          model.hookPoints().stream()
              .filter(hook -> hook.layer() == 1)
              .map(hook -> new Intervention(hook, UnaryOperator.identity()))
              .toList();
      assertThat(model.logits(tokensBT, everywhere).values()).isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void zeroed_steered_and_generated_equal_pytorch(String name) throws IOException {
    Golden golden = golden(name);
    TokenBatch tokensBT = golden.tokens("ids");
    HookPoint heads = HookPoint.parse("blocks.1.attn.hook_z");
    try (LanguageModel model = open(name)) {
      FloatRows nothing = FloatRows.zeros(tokensBT.rows(), model.width(heads));
      golden.assertClose(
          "logits.zeroed", last(model.resume(tokensBT, heads, nothing), tokensBT), 1e-5);
      List<Intervention> steering = steering(model, golden);
      golden.assertClose("logits.steered", last(model.logits(tokensBT, steering), tokensBT), 1e-5);
      int[] prompt = tokensBT.sequence(0);
      assertThat(model.generate(prompt, Sampling.greedy(8), List.of()))
          .containsExactly(golden.tokens("generated").sequence(0));
      assertThat(model.generate(prompt, Sampling.greedy(8), steering))
          .containsExactly(golden.tokens("generated.steered").sequence(0));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradients_equal_pytorchs_autograd(String name) throws IOException {
    Golden golden = golden(name);
    TokenBatch tokensBT = golden.tokens("ids");
    try (LanguageModel model = open(name)) {
      FloatRows weights = FloatRows.zeros(tokensBT.rows(), model.vocabularySize());
      for (int i = 0; i < weights.values().length; i++) {
        weights.values()[i] = (float) Math.sin(3 + 1.7 * i);
      }
      Map<HookPoint, FloatRows> captured = model.capture(tokensBT, model.hookPoints());
      List<HookPoint> compared =
          model.hookPoints().stream()
              .filter(hook -> hook.layer() == 0 && GRADIENTS.contains(hook.site()))
              .filter(hook -> !golden.names("grad." + hook.name()).isEmpty())
              .toList();
      assertThat(compared).hasSizeGreaterThan(1);
      for (HookPoint hook : compared) {
        FloatRows at = Objects.requireNonNull(captured.get(hook));
        golden.assertClose(
            "grad." + hook.name(), model.gradient(tokensBT, hook, at, weights).values(), 2e-5);
      }
    }
  }

  /// At the hook points for which PyTorch gives none, a gradient is held to central differences.
  @ParameterizedTest
  @ValueSource(strings = {"gemma2", "olmo3", "phi3", "bloom", "falcon-grouped"})
  void other_gradients_equal_central_differences(String name) throws IOException {
    Golden golden = golden(name);
    TokenBatch tokensBT = golden.tokens("ids");
    try (LanguageModel model = open(name)) {
      FloatRows weights = FloatRows.zeros(tokensBT.rows(), model.vocabularySize());
      Arrays.fill(weights.values(), 0, model.vocabularySize() * tokensBT.length(), 0.1f);
      Map<HookPoint, FloatRows> captured = model.capture(tokensBT, model.hookPoints());
      for (HookPoint hook : model.hookPoints()) {
        if (hook.layer() == 1 && golden.names("grad." + hook.name()).isEmpty()) {
          FloatRows at = Objects.requireNonNull(captured.get(hook));
          FloatRows gradient = model.gradient(tokensBT, hook, at, weights);
          float[] direction = new float[at.values().length];
          for (int i = 0; i < direction.length; i++) {
            direction[i] = (float) Math.cos(1.3 * i);
          }
          float step = 4e-3f;
          double along = 0;
          for (int i = 0; i < direction.length; i++) {
            along += (double) gradient.values()[i] * direction[i];
          }
          double near = between(model, tokensBT, hook, at, direction, step, weights);
          double far = between(model, tokensBT, hook, at, direction, 2 * step, weights);
          double difference = (8 * near - far) / (12 * step);
          assertThat(Math.abs(difference - along))
              .as("%s: %s and %s", hook, difference, along)
              .isLessThan(0.02 * Math.max(1, Math.abs(along)));
        }
      }
    }
  }

  private static double between(
      LanguageModel model,
      TokenBatch tokensBT,
      HookPoint hook,
      FloatRows at,
      float[] direction,
      float step,
      FloatRows weights) {
    return sum(model.resume(tokensBT, hook, adding(step, direction).apply(at)), weights)
        - sum(model.resume(tokensBT, hook, adding(-step, direction).apply(at)), weights);
  }

  private static double sum(FloatRows rows, FloatRows weights) {
    double sum = 0;
    for (int i = 0; i < rows.values().length; i++) {
      sum += (double) rows.values()[i] * weights.values()[i];
    }
    return sum;
  }

  /// The configuration as transformers 4 spells it, and weights in float32, give the same bits.
  @ParameterizedTest
  @MethodSource("cases")
  void the_older_spelling_and_float32_weights_change_no_bit(String name) throws IOException {
    TokenBatch tokensBT = golden(name).tokens("ids");
    float[] usual;
    try (LanguageModel model = open(name)) {
      usual = model.logits(tokensBT).values();
    }
    Path other = folder(name, "config.4.json");
    inFloat32(other.resolve("model.safetensors"));
    try (LanguageModel model = LanguageModels.open(other.toString())) {
      assertThat(model.logits(tokensBT).values()).isEqualTo(usual);
    }
  }

  private static void inFloat32(Path file) throws IOException {
    List<TensorData> tensors = new ArrayList<>();
    ModelWeights weights = ModelWeights.inMemory("weights", Files.readAllBytes(file));
    for (String name : weights.names()) {
      GraphWeight weight = weights.weight(name);
      ByteBuffer bytes = weight.storage().part(0, (int) weight.storage().length());
      float[] values = new float[bytes.remaining() / Short.BYTES];
      for (int i = 0; i < values.length; i++) {
        values[i] = Float.intBitsToFloat(bytes.getShort() << Short.SIZE);
      }
      tensors.add(TensorData.floats(name, values, weight.dims()));
    }
    Safetensors.write(file, Map.of(), tensors);
  }
}
