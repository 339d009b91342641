// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;

/// What torch's exporters make of the families whose residual stream does not begin at the lookup
/// of the embedding, or passes through a list of all tokens (`fixtures/export_families.py`), and
/// what optimum and the genai builder make of some (`fixtures/export_tools.py`).
class ExportedFamiliesTest {
  @TempDir private Path scratch;

  private static final List<String> OF_TOOLS = List.of("onnx-optimum", "onnx-merged", "onnx-genai");

  static List<String> exports() throws IOException {
    return exports(
        List.of("onnx-dynamo", "onnx-legacy", "onnx-optimum", "onnx-merged", "onnx-genai"));
  }

  static List<String> ofTools() throws IOException {
    return exports(OF_TOOLS);
  }

  private static List<String> exports(List<String> kinds) throws IOException {
    List<String> exports = new ArrayList<>();
    try (Stream<Path> families = Files.list(fixtures())) {
      for (Path family : families.sorted().toList()) {
        for (String kind : kinds) {
          if (Files.exists(family.resolve(kind))) {
            exports.add(family.getFileName() + "/" + kind);
          }
        }
      }
    }
    return exports;
  }

  private static Path fixtures() {
    try {
      return Path.of(
          Objects.requireNonNull(ExportedFamiliesTest.class.getResource("/fixtures/families"))
              .toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private LanguageModel open(String export) throws IOException {
    Path from = fixtures().resolve(export);
    Path folder = Files.createDirectories(scratch.resolve(export));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.copy(from.resolveSibling("config.json"), folder.resolve("config.json"));
    Files.copy(
        fixtures().resolveSibling("gpt2").resolve("tokenizer.json"),
        folder.resolve("tokenizer.json"));
    return LanguageModels.open(folder.toString());
  }

  private static Golden golden(String export) throws IOException {
    return Golden.fixture("families/" + export.replaceFirst("/.*", ""));
  }

  @ParameterizedTest
  @MethodSource("exports")
  void activations_logits_and_splices_equal_pytorch(String export) throws IOException {
    Golden golden = golden(export);
    TokenBatch tokensBT = golden.tokens("ids");
    try (LanguageModel model = open(export)) {
      Map<HookPoint, FloatRows> captured = model.capture(tokensBT, model.hookPoints());
      assertThat(captured.keySet())
          .map(HookPoint::name)
          .contains(
              "blocks.0.hook_resid_pre",
              "blocks.0.hook_attn_out",
              "blocks.1.hook_mlp_out",
              "blocks.1.hook_resid_post");
      captured.forEach((hook, rows) -> golden.assertClose(hook.name(), rows.values(), 1e-5));
      float[] whole = model.logits(tokensBT).values();
      golden.assertClose("logits", whole, 1e-5);
      List<Intervention> identities =
          model.hookPoints().stream()
              .map(hook -> new Intervention(hook, UnaryOperator.identity()))
              .toList();
      assertThat(model.logits(tokensBT, identities).values()).isEqualTo(whole);
      for (HookPoint hook : model.hookPoints()) {
        FloatRows rows = Objects.requireNonNull(captured.get(hook));
        assertThat(model.resume(tokensBT, hook, rows).values()).as(hook.name()).isEqualTo(whole);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ofTools")
  void text_is_generated_with_the_cache_of_the_file(String export) throws IOException {
    Golden golden = golden(export);
    float[] vector = golden.floats("vector");
    try (LanguageModel model = open(export)) {
      int width = model.modelWidth();
      int[] prompt = golden.tokens("ids").sequence(0);
      List<Intervention> steered =
          List.of(
              added("blocks.0.hook_resid_post", vector, 0, width, 3),
              added("blocks.1.hook_mlp_out", vector, width, width, 2),
              added("blocks.1.attn.hook_z", vector, 2 * width, vector.length - 2 * width, 1));

      assertThat(model.generate(prompt, Sampling.greedy(8), List.of()))
          .containsExactly(golden.tokens("generated").sequence(0));
      assertThat(model.generate(prompt, Sampling.greedy(8), steered))
          .containsExactly(golden.tokens("generated.steered").sequence(0));
    }
  }

  private static Intervention added(String hook, float[] vector, int from, int width, float times) {
    return new Intervention(
        HookPoint.parse(hook),
        rows -> {
          FloatRows changed = rows.copy();
          for (int i = 0; i < changed.values().length; i++) {
            changed.values()[i] += times * vector[from + i % width];
          }
          return changed;
        });
  }

  @ParameterizedTest
  @MethodSource("exports")
  void gradients_equal_pytorchs_autograd(String export) throws IOException {
    Golden golden = golden(export);
    TokenBatch tokensBT = golden.tokens("ids");
    try (LanguageModel model = open(export)) {
      FloatRows weights = FloatRows.zeros(tokensBT.rows(), model.vocabularySize());
      for (int i = 0; i < weights.values().length; i++) {
        weights.values()[i] = (float) Math.sin(3 + 1.7 * i);
      }
      Map<HookPoint, FloatRows> captured = model.capture(tokensBT, model.hookPoints());
      for (String name : List.of("blocks.0.hook_resid_pre", "blocks.0.hook_mlp_out")) {
        if (!golden.names("grad." + name).isEmpty()) {
          HookPoint hook = HookPoint.parse(name);
          FloatRows at = Objects.requireNonNull(captured.get(hook));
          golden.assertClose(
              "grad." + name, model.gradient(tokensBT, hook, at, weights).values(), 2e-5);
        }
      }
    }
  }
}
