// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.Activation;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.Hooks;
import sae4j.saes.InModelUnits;
import sae4j.saes.Normalisation;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainableSae;
import sae4j.saes.Units;
import sae4j.saes.formats.SaeFormat;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.InputNormalisation;
import sae4j.training.Learner;
import sae4j.training.StreamTrainer;
import sae4j.training.TrainingOptions;
import sae4j.training.schedules.Optimisation;

/// A learner that begins from a file computes what the file's SAE computes before its first step:
/// for every architecture, in every format that holds it, in any units, with any decoder norms and
/// either sign of b_dec in the encoder, on either side. What cannot be is refused, and the test
/// knows by itself when that is.
class WarmStartProperties {
  private static final int WIDTH = 6;
  private static final int FEATURES = 40;
  private static final int ROWS = 64;

  /// A weight is rounded to single precision when it is saved, and at most four times on its way
  /// into the learner's form; then a pre-activation adds WIDTH + 1 products of it.
  private static final double ROUNDING = (5 + WIDTH + 1) * 0x1p-24;

  private final Backend ejml = new EjmlBackend();
  private Path folder = Path.of("");
  private final Set<String> begun = new HashSet<>();
  private final Set<String> refused = new HashSet<>();

  /// The norms of decoder vectors.
  enum Norms {
    ONE,
    ALIKE,
    VARIED
  }

  /// What the file's SAE is like, and what it is trained on as.
  record Given(
      Architecture architecture,
      Normalisation normalisation,
      double scale,
      Norms norms,
      boolean subtracts) {}

  /// What the learner is like.
  ///
  /// @param other its architecture, where that is not the file's
  record Wanted(
      InputNormalisation normalisation,
      boolean unitNorms,
      boolean subtracts,
      boolean averaged,
      @Nullable Architecture other) {}

  @BeforeProperty
  void make_a_folder() throws IOException {
    folder = Files.createTempDirectory("warm-start");
  }

  @AfterProperty
  void remove_it() throws IOException {
    deleteAll(folder);
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

  @Provide
  Arbitrary<Given> given() {
    return Combinators.combine(
            Arbitraries.of(architectures()),
            Arbitraries.frequency(
                Tuple.of(3, Normalisation.NONE),
                Tuple.of(1, Normalisation.LAYER_NORM),
                Tuple.of(1, Normalisation.CONSTANT_NORM)),
            Arbitraries.of(1.0, 0.03, 7.3),
            Arbitraries.of(Norms.values()),
            Arbitraries.of(true, false))
        .as(Given::new)
        .filter(
            given ->
                given.architecture().reconstructsInput()
                    || given.normalisation() == Normalisation.NONE)
        .map(
            given ->
                hasEncoder(given.architecture())
                    ? given
                    : new Given(
                        given.architecture(),
                        given.normalisation(),
                        1,
                        given.norms(),
                        given.subtracts()));
  }

  /// All of them, and three times those without an encoder: most of what they are given is refused.
  private List<Architecture> architectures() {
    return Architectures.all().stream()
        .flatMap(each -> Collections.nCopies(hasEncoder(each) ? 1 : 3, each).stream())
        .toList();
  }

  private boolean hasEncoder(Architecture architecture) {
    Hooks hooks = architecture.reconstructsInput() ? Hooks.of(WIDTH) : Hooks.between(WIDTH, WIDTH);
    return architecture
        .create(hooks, options(architecture, true), ejml, 0)
        .activation()
        .hasEncoder();
  }

  @Provide
  Arbitrary<Wanted> wanted() {
    Arbitrary<Boolean> either = Arbitraries.of(true, false);
    return Combinators.combine(
            Arbitraries.of(InputNormalisation.values()),
            either,
            either,
            either,
            Arbitraries.of(Architectures.all()).injectNull(0.7))
        .as(Wanted::new);
  }

  private static SaeOptions options(Architecture architecture, boolean subtracts) {
    Map<String, String> settings = new TreeMap<>();
    for (Setting setting : architecture.settings()) {
      if (setting.name().equals("subtract-decoder-bias")) {
        settings.put(setting.name(), Boolean.toString(subtracts));
      }
      if (setting.equals(Setting.K)) {
        settings.put(setting.name(), "5");
      }
      if (setting.name().equals("skip")) {
        settings.put(setting.name(), "true");
      }
    }
    return new SaeOptions(architecture.name(), FEATURES, settings);
  }

  private static float[] rows(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] rows = new float[ROWS * WIDTH];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) (3 * random.nextGaussian() + i % WIDTH);
    }
    return rows;
  }

  /// An SAE whose every number is random: nothing is 0 that might have been forgotten.
  private Sae random(Given given, long seed) {
    Architecture architecture = given.architecture();
    Hooks hooks = architecture.reconstructsInput() ? Hooks.of(WIDTH) : Hooks.between(WIDTH, WIDTH);
    TrainableSae sae =
        architecture.create(hooks, options(architecture, given.subtracts()), ejml, seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (Parameter parameter : sae.parameters()) {
      Tensor tensor = parameter.tensor();
      float[] values = new float[tensor.rows() * tensor.columns()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
        if (parameter.role() == Role.RUNNING_THRESHOLD || parameter.name().equals("threshold")) {
          values[i] = Math.abs(values[i]);
        }
      }
      ejml.assign(tensor.storage(), ejml.upload(tensor.rows(), tensor.columns(), values));
    }
    if (given.norms() != Norms.VARIED) {
      Tensor decoderFD = sae.decoderFD();
      ejml.normaliseRows(decoderFD.storage());
      double norm = given.norms() == Norms.ONE ? 1 : 0.37;
      ejml.assign(decoderFD.storage(), decoderFD.times(norm).storage());
    }
    return InModelUnits.of(
        sae,
        given.normalisation() == Normalisation.NONE
            ? Units.scaled(given.scale(), given.scale())
            : Units.perToken(given.normalisation()));
  }

  private Learner learner(Architecture architecture, Wanted wanted, float[] rows) {
    Optimisation standard = Optimisation.STANDARD;
    Optimisation averaging =
        new Optimisation(
            standard.learningRate(),
            standard.warmupSteps(),
            standard.decaySteps(),
            standard.shape(),
            standard.cycles(),
            standard.beta1(),
            standard.beta2(),
            standard.epsilon(),
            standard.gradientNorm(),
            wanted.averaged() ? 0.9 : 0);
    return new StreamTrainer(
            ActivationSet.of(rows, WIDTH),
            TrainingOptions.builder(options(architecture, wanted.subtracts()))
                .normalisation(wanted.normalisation())
                .unitNormDecoder(wanted.unitNorms())
                .optimisation(averaging)
                .batch(16)
                .build(),
            ejml)
        .learner();
  }

  /// Why nothing can begin so, from what is in the file alone; null where it can.
  private @Nullable String refusal(
      SaeWeights file, Sae sae, Architecture architecture, Wanted wanted, double scale) {
    if (file.normalisation() != wanted.normalisation().ofEachToken()) {
      return "--normalise ";
    }
    Activation own =
        Architectures.create(file.hooks(), options(architecture, true), ejml, 0).activation();
    boolean sameKind =
        switch (own) {
          case Activation.JumpRelu _ ->
              !(file.activation() instanceof Activation.TopK
                  || file.activation().signed()
                  || file.activation() instanceof Activation.Gated
                  || file.activation() instanceof Activation.Own);
          case Activation.BatchTopK _, Activation.Matryoshka _ ->
              file.activation() instanceof Activation.BatchTopK
                  || file.activation() instanceof Activation.Matryoshka
                  || (file.activation() instanceof Activation.JumpRelu && oneThreshold(file));
          case Activation.Relu _,
              Activation.TopK _,
              Activation.SignedTopK _,
              Activation.AbsTopK _,
              Activation.Gated _,
              Activation.Own _ ->
              own.architecture().equals(file.activation().architecture());
        };
    if (!sameKind) {
      return "its codes are";
    }
    if (!own.hasEncoder() && file.outputScale() != scale) {
      return "no scale of activations can be folded";
    }
    boolean competes =
        own instanceof Activation.TopK
            || own.signed()
            || own instanceof Activation.BatchTopK
            || own instanceof Activation.Matryoshka
            || own instanceof Activation.Own;
    DoubleSummaryStatistics norms =
        Arrays.stream(norms(sae.decoderFD())).map(norm -> norm * scale).summaryStatistics();
    boolean alike = norms.getMax() < 1.001 * norms.getMin();
    boolean one = alike && norms.getMax() < 1.001 && norms.getMin() > 0.999;
    if (wanted.unitNorms() && competes && !(own instanceof Activation.Own ? one : alike)) {
      return "--no-unit-norm-decoder";
    }
    return null;
  }

  private static boolean oneThreshold(SaeWeights file) {
    float[] thresholds = file.tensor("threshold").values();
    for (float threshold : thresholds) {
      if (threshold != thresholds[0]) {
        return false;
      }
    }
    return true;
  }

  @Property(tries = 600)
  void an_untrained_learner_computes_what_the_file_s_sae_computes(
      @ForAll("given") Given given, @ForAll("wanted") Wanted wanted, @ForAll long seed)
      throws IOException {
    Architecture other = wanted.other();
    Architecture architecture =
        other != null && other.reconstructsInput() == given.architecture().reconstructsInput()
            ? other
            : given.architecture();
    if (!architecture.reconstructsInput() && wanted.normalisation().perToken()) {
      return; // refused before there is a learner, see StreamTrainerTest
    }
    float[] rows = rows(seed);
    SaeWeights weights =
        SaeWeights.of(random(given, seed), new Origin("tiny", "blocks.1.hook_resid_post"));
    for (SaeFormat format : SaeFormats.all()) {
      if (format.refusal(weights).isPresent()) {
        continue;
      }
      String k = weights.k() == null ? "" : "-L0_" + weights.k();
      Path path = folder.resolve(format.name() + k + (format.writesFolder(folder) ? "" : ".pt"));
      deleteAll(path);
      SaeFormats.write(format, path, weights);
      SaeWeights file = SaeFormats.read(path);
      Sae expected = Materialisation.of(file, ejml);
      Learner learner = learner(architecture, wanted, rows);
      double scale = learner.trained().units().outputScales().getFirst();
      String refusal = refusal(file, expected, architecture, wanted, scale);
      String which =
          "%s, %s from %s"
              .formatted(format.name(), architecture.name(), given.architecture().name());
      if (refusal != null) {
        refused.add(refusal);
        assertThatThrownBy(() -> learner.beginFrom(file))
            .as(which)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(refusal);
        continue;
      }
      learner.beginFrom(file);
      begun.add(architecture.name());
      agrees(which, learner.trained(), expected, rows);
      if (wanted.unitNorms()) {
        for (double norm : norms(learner.trained().decoderFD())) {
          assertThat(norm).as("a norm of a decoder vector, %s", which).isCloseTo(1, within(1e-5));
        }
      }
    }
  }

  @AfterProperty
  void all_architectures_have_begun_and_all_refusals_were_met() {
    assertThat(begun).containsAll(Architectures.names());
    assertThat(refused)
        .containsExactlyInAnyOrder(
            "--normalise ",
            "its codes are",
            "no scale of activations can be folded",
            "--no-unit-norm-decoder");
  }

  /// Reconstructions of the tokens on which no feature is within rounding of its threshold.
  private void agrees(String which, Sae actual, Sae expected, float[] rows) {
    Tensor rowsBD = Tensor.of(ejml, ROWS, WIDTH, rows);
    double[] codes = expected.encode(rowsBD).toDoubles();
    double[] begunCodes = actual.encode(rowsBD).toDoubles();
    double[] output = expected.reconstruct(rowsBD).toDoubles();
    double[] begunOutput = actual.reconstruct(rowsBD).toDoubles();
    double read =
        EveryArchitectureProperties.largest(rows)
            + EveryArchitectureProperties.largest(expected.decoderBiasD().toDoubles());
    double size =
        EveryArchitectureProperties.largest(codes)
            + EveryArchitectureProperties.largest(norms(expected.encoderDF().transpose())) * read;
    double outputSize =
        read + FEATURES * size * EveryArchitectureProperties.largest(norms(expected.decoderFD()));
    int compared = 0;
    for (int b = 0; b < ROWS; b++) {
      boolean same = true;
      for (int f = 0; f < FEATURES; f++) {
        same &= (codes[b * FEATURES + f] > 0) == (begunCodes[b * FEATURES + f] > 0);
      }
      if (same) {
        compared++;
        for (int d = 0; d < WIDTH; d++) {
          assertThat(begunOutput[b * WIDTH + d])
              .as("%s, token %d, output %d", which, b, d)
              .isEqualTo(output[b * WIDTH + d], within(ROUNDING * outputSize * WIDTH));
        }
      }
    }
    assertThat(compared).as("tokens compared, %s", which).isGreaterThan(ROWS * 9 / 10);
  }

  private static double[] norms(Tensor matrix) {
    double[] squares = matrix.detach().pow(2).rowSums().toDoubles();
    return Arrays.stream(squares).map(Math::sqrt).toArray();
  }
}
