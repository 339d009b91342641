// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import sae4j.activations.ActivationSet;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.formats.SaeFormat;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.InputNormalisation;
import sae4j.training.StreamTrainer;
import sae4j.training.TrainingOptions;

/// Fresh, a few steps, saved in every format that can express it, loaded: the same codes and
/// reconstructions. A format that cannot express it refuses it by name and leaves nothing behind.
class EveryArchitectureProperties {
  private static final int WIDTH = 6;
  private static final int FEATURES = 40;
  private static final int ROWS = 64;

  /// Weights are stored in single precision, each rounded at most twice: when a scale is folded,
  /// and when it is stored. A pre-activation is a sum of WIDTH + 1 products of such weights.
  private static final double ROUNDING = 2 * (2 * WIDTH + 4) * 0x1p-24;

  private final Backend ejml = new EjmlBackend();
  private Path folder = Path.of("");

  @BeforeProperty
  void make_a_folder() throws IOException {
    folder = Files.createTempDirectory("every-architecture");
  }

  @AfterProperty
  void remove_it() throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Provide
  Arbitrary<Architecture> architectures() {
    return Arbitraries.of(Architectures.all());
  }

  private static float[] rows(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] rows = new float[ROWS * WIDTH];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) (3 * random.nextGaussian() + i % WIDTH);
    }
    return rows;
  }

  private Sae trained(
      Architecture architecture, InputNormalisation normalisation, long seed, float[] rows) {
    Map<String, String> settings = new TreeMap<>();
    if (architecture.settings().contains(Setting.K)) {
      settings.put(Setting.K.name(), "5");
    }
    StreamTrainer trainer =
        new StreamTrainer(
            ActivationSet.of(rows, WIDTH),
            TrainingOptions.builder(new SaeOptions(architecture.name(), FEATURES, settings))
                .normalisation(normalisation)
                .steps(6)
                .batch(16)
                .l1(0.05)
                .learningRate(0.01)
                .unitNormDecoder(seed % 2 == 0)
                .seed(seed)
                .build(),
            ejml);
    while (!trainer.finished()) {
      trainer.step();
    }
    return trainer.learner().trained();
  }

  @Property(tries = 120)
  void what_is_saved_and_loaded_computes_the_same(
      @ForAll("architectures") Architecture architecture,
      @ForAll InputNormalisation normalisation,
      @ForAll long seed)
      throws IOException {
    if (!architecture.reconstructsInput() && normalisation.perToken()) {
      return; // what is undone would belong to another hook point: refused, see InModelUnitsTest
    }
    float[] rows = rows(seed);
    Sae sae = trained(architecture, normalisation, seed, rows);
    SaeWeights weights = SaeWeights.of(sae, new Origin("tiny", "blocks.1.hook_resid_post"));
    boolean expressed = false;
    for (SaeFormat format : SaeFormats.all()) {
      String k = weights.k() == null ? "" : "-L0_" + weights.k();
      Path path = folder.resolve(format.name() + k + (format.writesFolder(folder) ? "" : ".pt"));
      deleteAll(path);
      if (format.refusal(weights).isPresent()) {
        assertThatThrownBy(() -> SaeFormats.write(format, path, weights))
            .isInstanceOf(InexpressibleException.class)
            .hasMessageContaining(format.name() + " cannot hold this " + weights.kind());
        assertThat(path).doesNotExist();
        continue;
      }
      expressed = true;
      SaeFormats.write(format, path, weights);
      agrees(format, Materialisation.of(SaeFormats.read(path), ejml), sae, rows);
    }
    assertThat(expressed).as("some format holds %s", architecture.name()).isTrue();
  }

  private static void deleteAll(Path path) throws IOException {
    if (Files.exists(path)) {
      try (var files = Files.walk(path)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /// Codes where neither side is within rounding of its threshold, and reconstructions of the
  /// tokens on which all codes are.
  private void agrees(SaeFormat format, Sae actual, Sae expected, float[] rows) {
    Tensor rowsBD = Tensor.of(ejml, ROWS, WIDTH, rows);
    double[] codes = expected.encode(rowsBD).toDoubles();
    double[] loaded = actual.encode(rowsBD).toDoubles();
    double[] output = expected.reconstruct(rowsBD).toDoubles();
    double[] loadedOutput = actual.reconstruct(rowsBD).toDoubles();
    double size = largest(codes) + largest(norms(expected)) * largest(rows);
    double outputSize = largest(output) + size * largest(expected.decoderFD().toDoubles());
    int width = output.length / ROWS;
    int compared = 0;
    for (int b = 0; b < ROWS; b++) {
      boolean same = true;
      for (int f = 0; f < FEATURES; f++) {
        same &= (codes[b * FEATURES + f] != 0) == (loaded[b * FEATURES + f] != 0);
      }
      if (!same) {
        continue;
      }
      compared++;
      for (int f = 0; f < FEATURES; f++) {
        assertThat(loaded[b * FEATURES + f])
            .as("%s, token %d, feature %d", format.name(), b, f)
            .isEqualTo(codes[b * FEATURES + f], within(ROUNDING * size));
      }
      for (int d = 0; d < width; d++) {
        assertThat(loadedOutput[b * width + d])
            .as("%s, token %d, output %d", format.name(), b, d)
            .isEqualTo(
                output[b * width + d], within(ROUNDING * FEATURES * Math.max(outputSize, 1)));
      }
    }
    assertThat(compared).as("tokens compared in %s", format.name()).isGreaterThan(ROWS * 9 / 10);
  }

  private static double[] norms(Sae sae) {
    double[] squares = sae.encoderDF().detach().pow(2).columnSums().toDoubles();
    return Arrays.stream(squares).map(Math::sqrt).toArray();
  }

  static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
