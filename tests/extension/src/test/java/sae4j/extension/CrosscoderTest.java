// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.ShuffledStream;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.evaluation.Metrics;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.Learner;
import sae4j.training.StreamTrainer;
import sae4j.training.Task;
import sae4j.training.TrainingOptions;

/// Crosscoders over two hook points, one 8 and one 12 wide: the library's, and one of another jar
/// that touches its own file and one line of registration.
///
/// Of the true features of the world some have a direction at both hook points and some at one. The
/// second hook point has activations ten times as large, so that a scale forgotten anywhere shows.
class CrosscoderTest {
  private static final int[] WIDTHS = {8, 12};
  private static final int SHARED = 4;
  private static final int EXCLUSIVE = 2;
  private static final int TRUE_FEATURES = SHARED + 2 * EXCLUSIVE;
  private static final int ROWS = 4000;
  private static final int FEATURES = 16;
  private static final double PRESENT = 0.15;
  private static final List<ActivationSet> WORLD = world();

  private final Backend ejml = new EjmlBackend();

  @TempDir private Path folder = Path.of("");

  /// Directions of a true feature at a hook point, orthogonal to those of the others.
  private static double direction(int feature, int hook, int d) {
    boolean there = feature < SHARED || (feature - SHARED) / EXCLUSIVE == hook;
    return there && d == feature % WIDTHS[hook] ? hook == 0 ? 1 : 10 : 0;
  }

  private static List<ActivationSet> world() {
    SplittableRandom random = new SplittableRandom(5);
    float[][] rows = {new float[ROWS * WIDTHS[0]], new float[ROWS * WIDTHS[1]]};
    for (int row = 0; row < ROWS; row++) {
      for (int feature = 0; feature < TRUE_FEATURES; feature++) {
        double strength = random.nextDouble() < PRESENT ? random.nextDouble(1, 2) : 0;
        for (int hook = 0; hook < 2; hook++) {
          for (int d = 0; d < WIDTHS[hook]; d++) {
            rows[hook][row * WIDTHS[hook] + d] += (float) (strength * direction(feature, hook, d));
          }
        }
      }
    }
    return List.of(ActivationSet.of(rows[0], WIDTHS[0]), ActivationSet.of(rows[1], WIDTHS[1]));
  }

  private Learner train(String architecture) {
    TrainingOptions options =
        TrainingOptions.builder(SaeOptions.of(architecture, FEATURES))
            .steps(200)
            .batch(256)
            .learningRate(0.02)
            .learningRateDecaySteps(50)
            .l1(0.3)
            .unitNormDecoder(false)
            .seed(1)
            .build();
    StreamTrainer trainer =
        new StreamTrainer(
            new ShuffledStream(WORLD, 3, 256),
            List.of(new Task(options, List.of(0, 1), List.of(0, 1))),
            ejml);
    while (!trainer.finished()) {
      trainer.step();
    }
    return trainer.learner();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crosscoder", "joint-crosscoder"})
  void it_finds_which_features_two_hook_points_share_and_is_saved_loaded_and_evaluated(
      String architecture) throws IOException {
    Sae trained = train(architecture).trained();
    assertThat(trained.hooks().outputs()).containsExactly(8, 12);

    ActivationSet activations = ActivationSet.sideBySide(WORLD);
    Metrics metrics = Metrics.of(trained, activations, 500);
    assertThat(metrics.explainedVariance()).isGreaterThan(0.9);
    assertThat(metrics.l0()).isBetween(0.5 * TRUE_FEATURES * PRESENT, 3 * TRUE_FEATURES * PRESENT);
    for (int feature = 0; feature < TRUE_FEATURES; feature++) {
      assertThat(shareOfFirstHook(trained, feature))
          .as("true feature %d", feature)
          .isEqualTo(feature < SHARED ? 0.5 : feature < SHARED + EXCLUSIVE ? 1 : 0, within(0.1));
    }

    Path saved = folder.resolve("crosscoder");
    Origin origin =
        new Origin(
            "tiny", List.of("blocks.0.hook_mlp_out", "blocks.1.hook_mlp_out"), List.of(), 64);
    SaeFiles.save(saved, trained, origin);
    assertThat(SaeFormats.recognise(saved).name()).isEqualTo("sae4j");
    SaeFiles.Loaded loaded = SaeFiles.load(saved, ejml);
    assertThat(loaded.origin()).isEqualTo(origin);
    assertThat(loaded.sae().architecture()).isEqualTo(architecture);
    Metrics again = Metrics.of(loaded.sae(), activations, 500);
    assertThat(again.explainedVariance()).isEqualTo(metrics.explainedVariance(), within(1e-5));
    assertThat(again.l0()).isEqualTo(metrics.l0(), within(1e-2));
  }

  /// Of the learned feature that is active most with a true one: the norm of its decoder vector at
  /// the first hook point, in its own units, as a share of both norms.
  private double shareOfFirstHook(Sae sae, int feature) {
    int width = WIDTHS[0] + WIDTHS[1];
    float[] row = new float[width];
    for (int d = 0; d < width; d++) {
      int hook = d < WIDTHS[0] ? 0 : 1;
      row[d] = (float) (1.5 * direction(feature, hook, hook == 0 ? d : d - WIDTHS[0]));
    }
    double[] codes = sae.encode(Tensor.of(ejml, 1, width, row)).toDoubles();
    int learned =
        IntStream.range(0, codes.length)
            .reduce((a, b) -> codes[b] > codes[a] ? b : a)
            .orElseThrow();
    double[] decoder = sae.decoderFD().toDoubles();
    double first = norm(decoder, learned * width, WIDTHS[0]);
    double second = norm(decoder, learned * width + WIDTHS[0], WIDTHS[1]);
    return first / (first + second);
  }

  private static double norm(double[] values, int from, int count) {
    return Math.sqrt(Arrays.stream(values, from, from + count).map(v -> v * v).sum());
  }

  @Test
  void architectures_of_one_hook_point_refuse_two() {
    TrainingOptions options = TrainingOptions.builder(SaeOptions.topK(FEATURES, 2)).build();
    assertThatThrownBy(
            () ->
                new StreamTrainer(
                    new ShuffledStream(WORLD, 3, options.batch()),
                    List.of(new Task(options, List.of(0, 1), List.of(0, 1))),
                    ejml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topk reads one hook point, not 2: use a crosscoder");
  }

  @Test
  void every_format_of_another_tool_refuses_it_by_name() {
    var weights =
        sae4j.saes.weights.SaeWeights.of(train("joint-crosscoder").trained(), Origin.UNKNOWN);
    assertThat(SaeFormats.all())
        .filteredOn(format -> format.refusal(weights).isEmpty())
        .extracting(format -> format.name())
        .containsExactly("sae4j");
    assertThatThrownBy(
            () -> SaeFormats.write(SaeFormats.named("saelens"), folder.resolve("no"), weights))
        .hasMessageContaining("saelens cannot hold this relu SAE of several hook points")
        .hasMessageContaining("choose one of: sae4j");
    assertThat(folder.resolve("no")).doesNotExist();
  }
}
