// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.TokenBatch;

/// Exported files beside the folder of the same model, whose graph the project writes itself: the
/// same hook points, of the same width, with the same values, and the same consequences of changing
/// them.
class ExportedHooksTest {
  @TempDir private Path scratch;

  /// Paths below the fixtures: the folder of a model, and its export in there.
  static List<String> exports() throws IOException {
    try (Stream<Path> files = Files.walk(FamiliesTest.folder(""))) {
      return files
          .filter(file -> file.endsWith("model.onnx"))
          .map(file -> FamiliesTest.folder("").relativize(file.resolveSibling("")).toString())
          .filter(export -> !export.endsWith("onnx-half"))
          .sorted()
          .toList();
    }
  }

  private record Pair(LanguageModel exported, LanguageModel written) implements AutoCloseable {
    @Override
    public void close() {
      exported.close();
      written.close();
    }
  }

  private Pair open(String export) throws IOException {
    Path from = FamiliesTest.folder(export);
    Path folder = Files.createDirectories(scratch.resolve(export));
    Path above = Objects.requireNonNull(folder.getParent());
    copy(from, folder, "model.onnx");
    if (Files.exists(from.resolve("model.onnx.data"))) {
      copy(from, folder, "model.onnx.data");
    }
    copy(from.resolveSibling(""), above, "config.json");
    copy(from.resolveSibling(""), above, "model.safetensors");
    copy(FamiliesTest.folder("gpt2"), above, "tokenizer.json");
    return new Pair(
        LanguageModels.open(folder.resolve("model.onnx").toString()),
        LanguageModels.open(above.toString()));
  }

  private static void copy(Path from, Path to, String name) throws IOException {
    Files.copy(from.resolve(name), to.resolve(name));
  }

  private static TokenBatch tokens(String export) throws IOException {
    return Golden.fixture(export.replaceFirst("/[^/]*$", "")).tokens("ids");
  }

  private static void assertClose(
      String what, FloatRows actual, FloatRows expected, double tolerance) {
    double scale = 0;
    double worst = 0;
    assertThat(actual.width()).as(what).isEqualTo(expected.width());
    assertThat(actual.rows()).as(what).isEqualTo(expected.rows());
    for (int i = 0; i < expected.values().length; i++) {
      scale = Math.max(scale, Math.abs(expected.values()[i]));
      worst = Math.max(worst, Math.abs((double) expected.values()[i] - actual.values()[i]));
    }
    assertThat(worst)
        .as(what + ": largest error, values up to " + scale)
        .isLessThanOrEqualTo(tolerance * scale);
  }

  @ParameterizedTest
  @MethodSource("exports")
  void every_hook_point_of_the_folder_is_found_and_holds_the_same_values(String export)
      throws IOException {
    TokenBatch tokensBT = tokens(export);
    try (Pair models = open(export)) {
      assertThat(models.exported().hookPoints())
          .containsExactlyElementsOf(models.written().hookPoints());
      Map<HookPoint, FloatRows> captured =
          models.exported().capture(tokensBT, models.exported().hookPoints());
      Map<HookPoint, FloatRows> expected =
          models.written().capture(tokensBT, models.written().hookPoints());
      for (HookPoint hook : models.written().hookPoints()) {
        assertThat(models.exported().width(hook))
            .as(hook.name())
            .isEqualTo(models.written().width(hook));
        assertClose(
            hook.name(),
            Objects.requireNonNull(captured.get(hook)),
            Objects.requireNonNull(expected.get(hook)),
            1e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("exports")
  void changes_have_the_same_consequences_as_in_the_folder(String export) throws IOException {
    TokenBatch tokensBT = tokens(export);
    try (Pair models = open(export)) {
      FloatRows whole = models.exported().logits(tokensBT);
      Map<HookPoint, FloatRows> captured =
          models.exported().capture(tokensBT, models.exported().hookPoints());
      firstBlock(captured)
          .forEach(
              (hook, rows) -> {
                assertThat(models.exported().resume(tokensBT, hook, rows).values())
                    .as(hook.name())
                    .isEqualTo(whole.values());
                FloatRows nothing = FloatRows.zeros(rows.rows(), rows.width());
                for (FloatRows changed : List.of(nothing, steered(rows))) {
                  assertClose(
                      hook.name(),
                      models.exported().resume(tokensBT, hook, changed),
                      models.written().resume(tokensBT, hook, changed),
                      1e-5);
                }
              });
    }
  }

  /// What stands behind it is most of the model, and sessions take their time.
  private static Map<HookPoint, FloatRows> firstBlock(Map<HookPoint, FloatRows> captured) {
    return captured.entrySet().stream()
        .filter(each -> each.getKey().layer() == 0)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static FloatRows steered(FloatRows rows) {
    FloatRows changed = rows.copy();
    for (int i = 0; i < changed.values().length; i++) {
      changed.values()[i] += (float) Math.sin(1 + 2.3 * (i % changed.width()));
    }
    return changed;
  }

  @ParameterizedTest
  @MethodSource("exports")
  void gradients_at_every_hook_point_equal_those_of_the_folder(String export) throws IOException {
    TokenBatch tokensBT = tokens(export);
    try (Pair models = open(export)) {
      FloatRows weights = FloatRows.zeros(tokensBT.rows(), models.exported().vocabularySize());
      for (int i = 0; i < weights.values().length; i++) {
        weights.values()[i] = (float) Math.sin(3 + 1.7 * i);
      }
      firstBlock(models.exported().capture(tokensBT, models.exported().hookPoints()))
          .forEach(
              (hook, rows) ->
                  assertClose(
                      "gradient at " + hook,
                      models.exported().gradient(tokensBT, hook, rows, weights),
                      models.written().gradient(tokensBT, hook, rows, weights),
                      2e-5));
    }
  }
}
