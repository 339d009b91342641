// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.article.Intervention;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.article.SparseAutoEncoder.ForwardPass;
import sae4j.companion.Matrix;
import sae4j.companion.Measured;
import sae4j.companion.Training;
import sae4j.companion.Walk;
import sae4j.companion.Weights;
import sae4j.companion.World;
import sae4j.tensor.Backend;
import sae4j.tensor.Backends;
import sae4j.tensor.Tensor;

/// What the companion's page computes is what Java computes: every function of its port, on inputs
/// drawn at random and on its own. Where there is no Chromium, this is skipped.
class CompanionPortTest {
  private static final int CASES = 60;
  private static final double ROUNDING = 1e-12;

  /// Six hundred steps of Adam carry differences in the last digit further.
  private static final double AFTER_TRAINING = 1e-7;

  private static final JsonMapper JSON = new JsonMapper();
  private static final String PAGE =
      Launcher.projectRoot().resolve("docs/companion/index.html").toUri().toString();
  private static Optional<Chromium> started = Optional.empty();
  private static Optional<Backend> opened = Optional.empty();

  @BeforeAll
  static void open_the_page() throws Exception {
    Path program = Chromium.programOrSkip();
    opened = Optional.of(Backends.open("ejml"));
    started = Optional.of(Chromium.open(program));
    browser().send("Page.navigate", java.util.Map.of("url", PAGE));
    browser().await("document.querySelector('main')?.dataset.shown === 'all'");
  }

  @AfterAll
  static void close() throws Exception {
    opened.ifPresent(Backend::close);
    if (started.isPresent()) {
      started.get().close();
    }
  }

  private static Chromium browser() {
    return started.orElseThrow();
  }

  private static Backend backend() {
    return opened.orElseThrow();
  }

  /// Matrices that the page computed, one after another in a line.
  private static double[] computed(String expression, Object... inputs) throws Exception {
    StringBuilder arguments = new StringBuilder();
    for (Object input : inputs) {
      arguments.append(arguments.isEmpty() ? "" : ",").append(JSON.writeValueAsString(input));
    }
    JsonNode values =
        browser()
            .value(
                "((a, b, c, d) => [%s].flatMap(m => m.values ? Array.from(m.values) : [m]))(%s)"
                    .formatted(expression, arguments));
    return DoubleStream.iterate(0, i -> i < values.size(), i -> i + 1)
        .map(i -> values.get((int) i).asDouble())
        .toArray();
  }

  private static void assertClose(double[] page, double tolerance, double[]... java) {
    double[] all = DoubleStream.concat(DoubleStream.of(), flat(java)).toArray();
    assertThat(page).hasSameSizeAs(all);
    double extent = Math.max(1, DoubleStream.of(all).map(Math::abs).max().orElse(1));
    for (int i = 0; i < all.length; i++) {
      assertThat(page[i])
          .as("number %d of %d", i, all.length)
          .isCloseTo(all[i], org.assertj.core.data.Offset.offset(tolerance * extent));
    }
  }

  private static DoubleStream flat(double[]... parts) {
    return java.util.Arrays.stream(parts).flatMapToDouble(DoubleStream::of);
  }

  private static double[] gradient(Tensor parameter) {
    return requireNonNull(parameter.gradient()).toDoubles();
  }

  /// Numbers of several magnitudes, some of them 0.
  private static Matrix drawn(int rows, int columns, SplittableRandom random) {
    return new Matrix(
        rows,
        columns,
        random
            .doubles((long) rows * columns, -1, 1)
            .map(each -> Math.abs(each) < 0.15 ? 0 : each * Math.pow(10, random.nextInt(-3, 2)))
            .boxed()
            .toList());
  }

  private static Weights weights(int width, int features, SplittableRandom random) {
    return new Weights(
        drawn(width, features, random),
        drawn(1, features, random),
        drawn(features, width, random),
        drawn(1, width, random));
  }

  @Test
  void the_forward_pass_the_loss_and_every_gradient_are_those_of_java() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < CASES; i++) {
      int width = random.nextInt(1, 7);
      Weights weights = weights(width, random.nextInt(1, 10), random);
      Matrix x = drawn(random.nextInt(1, 6), width, random);
      double l1Coefficient = random.nextDouble();
      SparseAutoEncoder autoencoder = weights.on(backend());
      ForwardPass forwardPass = autoencoder.forwardPass(x.on(backend()));
      Tensor loss = Loss.calculateLoss(autoencoder, x.on(backend()), l1Coefficient);
      loss.backward();
      assertClose(
          computed(
              """
              port.forwardPass(a, b).encodedRepresentation,
              port.forwardPass(a, b).reconstructedModelActivations,
              port.calculateLoss(a, b, c).loss,
              ...['encoderDF', 'encoderBiasF', 'decoderFD', 'decoderBiasD']
                .map(name => port.gradients(a, b, c)[name])
              """,
              weights,
              x,
              l1Coefficient),
          ROUNDING,
          forwardPass.encodedRepresentationF().toDoubles(),
          forwardPass.reconstructedModelActivationsD().toDoubles(),
          loss.toDoubles(),
          gradient(autoencoder.encoderDF.weight()),
          gradient(autoencoder.encoderDF.bias()),
          gradient(autoencoder.decoderFD.weight()),
          gradient(autoencoder.decoderFD.bias()));
    }
  }

  @Test
  void an_intervention_is_that_of_java() throws Exception {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < CASES; i++) {
      int width = random.nextInt(1, 7);
      Matrix x = drawn(1, width, random);
      Matrix decoderFD = drawn(random.nextInt(1, 10), width, random);
      int feature = random.nextInt(decoderFD.rows());
      double scale = random.nextDouble(-3, 3);
      assertClose(
          computed(
              "port.performIntervention(a, b, c, d).modifiedModelActivations",
              x,
              decoderFD,
              feature,
              scale),
          ROUNDING,
          Intervention.performIntervention(x.on(backend()), decoderFD.on(backend()), feature, scale)
              .toDoubles());
    }
  }

  @Test
  void the_models_activations_and_output_are_those_of_java() throws Exception {
    World world = World.learned(backend());
    Tensor activationsBD = world.activationsBD(world.heldOutBG().on(backend()));
    assertClose(
        computed("port.activations(a, a.heldOutBG)", world), ROUNDING, activationsBD.toDoubles());
    assertClose(
        computed("port.output(a, port.activations(a, a.heldOutBG))", world),
        ROUNDING,
        world.outputBG(activationsBD).toDoubles());
  }

  @Test
  void the_page_finds_what_java_computed_of_its_own_pictures() throws Exception {
    assertThat(browser().value("+document.getElementById('agreement').dataset.apart").asDouble())
        .isLessThan(ROUNDING);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0006, true",
    "1, 0.0006, true",
    "2, 0.0006, true",
    "1, 0, true",
    "1, 0.004, true",
    "0, 0.001, false",
    "1, 0.0006, false",
    "2, 0.002, false"
  })
  void training_in_the_page_ends_where_it_ends_in_java(
      int start, double l1Coefficient, boolean unitNorm) throws Exception {
    Walk.Lab lab = lab();
    World world = World.learned(backend());
    Training training =
        new Training(
            lab.training().steps(), lab.training().learningRate(), l1Coefficient, unitNorm);
    Weights trained =
        training.train(
            lab.starts().get(start).weights(),
            world.activationsBD(world.strengthsBG().on(backend())));
    String weights =
        "port.training(b, port.activations(a, a.strengthsBG), c).steps(c.steps).weights";
    assertClose(
        computed(
            "...['encoderDF', 'encoderBiasF', 'decoderFD', 'decoderBiasD'].map(name => (%s)[name])"
                .formatted(weights),
            world,
            lab.starts().get(start).weights(),
            training),
        AFTER_TRAINING,
        values(trained.encoderDF()),
        values(trained.encoderBiasF()),
        values(trained.decoderFD()),
        values(trained.decoderBiasD()));

    Measured measured = Measured.of(trained, world, backend());
    assertClose(
        computed(
            "...['l0', 'explainedVariance', 'lossRecovered', 'dead', 'found']"
                + ".map(name => port.measured(b, a)[name])",
            world,
            trained),
        ROUNDING,
        new double[] {
          measured.l0(),
          measured.explainedVariance(),
          measured.lossRecovered(),
          measured.dead(),
          measured.found()
        });
  }

  private static Walk.Lab lab() throws Exception {
    return JSON.treeToValue(
        browser().value("JSON.parse(document.getElementById('walk').textContent).lab"),
        Walk.Lab.class);
  }

  private static double[] values(Matrix matrix) {
    return matrix.values().stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Test
  void the_cases_are_not_all_alike() {
    SplittableRandom random = new SplittableRandom(1);
    List<Double> values = drawn(40, 10, random).values();
    assertThat(values).contains(0.0);
    assertThat(values.stream().mapToDouble(Math::abs).max().orElseThrow()).isGreaterThan(5);
    assertThat(values.stream().filter(each -> each < 0)).hasSizeGreaterThan(100);
  }
}
