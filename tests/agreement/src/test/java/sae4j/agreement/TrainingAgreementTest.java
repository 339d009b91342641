// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.activations.ActivationSet;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.backends.vector.VectorBackend;
import sae4j.saes.SaeOptions;
import sae4j.tensor.Backend;
import sae4j.tensor.Layout;
import sae4j.tensor.Tensor;
import sae4j.training.StepReport;
import sae4j.training.StreamTrainer;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;

/// Whole training runs in single precision against double precision.
///
/// How far apart two such runs may be is measured, not guessed: EJML runs again with activations,
/// initial weights and, after every step, all weights moved by up to u = 2⁻²⁴ of themselves, which
/// is what storing them in single precision does. Training amplifies these changes as it amplifies
/// every other rounding. The single-precision run also rounds its sums and its moments, for which
/// it may be a small factor further away.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainingAgreementTest {
  private static final int WIDTH = 24;
  private static final int FEATURES = 96;
  private static final int BATCH = 48;
  static final int STEPS = 200;
  private static final double SINGLE = 0x1p-24;
  private static final int PERTURBED_RUNS = 2;

  /// How much further than storing numbers in single precision computing in it may lead. Runs have
  /// been seen to need less than 2.
  private static final double ROUNDED_SUMS = 4;

  private final Backend ejml = new EjmlBackend();
  private final Backend vector = new VectorBackend(2);
  private final float[] rowMajor = superposition(new SplittableRandom(5));

  @TempDir private Path folder;

  @AfterAll
  void close() {
    vector.close();
  }

  /// A run's weights at the end and its losses at every step.
  record Run(Trainer trainer, List<StepReport> reports, Map<String, double[]> weights) {
    static Run of(Trainer trainer, int steps, Runnable afterStep) {
      List<StepReport> reports = new ArrayList<>();
      for (int step = 0; step < steps; step++) {
        reports.add(trainer.step().getFirst());
        afterStep.run();
      }
      Map<String, double[]> weights = new LinkedHashMap<>();
      trainer
          .learner()
          .trained()
          .parameters()
          .forEach(each -> weights.put(each.name(), each.tensor().toDoubles()));
      return new Run(trainer, reports, weights);
    }

    /// Euclidean distance of one parameter from that of another run.
    double distance(Run other, String name) {
      double[] a = weights.getOrDefault(name, new double[0]);
      double[] b = other.weights.getOrDefault(name, new double[0]);
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
      }
      return Math.sqrt(sum);
    }

    void hasTheBitsOf(Run other) {
      assertThat(reports).isEqualTo(other.reports);
      other.weights.forEach(
          (name, values) -> assertThat(weights.get(name)).as(name).containsExactly(values));
    }
  }

  /// With and without codes of a fixed number, with a running threshold, with a state of its own.
  static List<TrainingOptions> runs() {
    return List.of(relu(0.3), topK(), batchTopK(), of("p-anneal", 0.3, Map.of()));
  }

  /// One of each architecture but p-annealing: its gradient has no bound near 0, so two runs part
  /// as soon as a code comes near it.
  static List<TrainingOptions> architectures() {
    return List.of(
        relu(0.3),
        topK(),
        batchTopK(),
        of("gated", 0.3, Map.of()),
        of("jumprelu", 0.1, Map.of("initial-threshold", "1", "bandwidth", "1")),
        of("matryoshka", 0, Map.of("k", "5")),
        of("transcoder", 0.1, Map.of("activation", "jumprelu", "skip", "true")),
        of("crosscoder", 0.3, Map.of()),
        // with k = 5 two codes come within rounding of each other, and runs part there
        of("crosscoder", 0, Map.of("activation", "batchtopk", "k", "6")));
  }

  static TrainingOptions batchTopK() {
    return of("batchtopk", 0, Map.of("k", "5"));
  }

  static TrainingOptions relu(double l1) {
    return relu(l1, 0.004);
  }

  private static TrainingOptions relu(double l1, double learningRate) {
    return run(SaeOptions.of("relu", FEATURES), learningRate).l1(l1).l1WarmupSteps(20).build();
  }

  private static TrainingOptions of(String name, double lambda, Map<String, String> settings) {
    return run(new SaeOptions(name, FEATURES, settings), 0.004).l1(lambda).build();
  }

  static TrainingOptions topK() {
    return run(SaeOptions.topK(FEATURES, 5), 0.004).build();
  }

  private static TrainingOptions.Builder run(SaeOptions sae, double learningRate) {
    return TrainingOptions.builder(sae)
        .steps(STEPS)
        .batch(BATCH)
        .learningRate(learningRate)
        .learningRateWarmupSteps(10)
        .learningRateDecaySteps(40)
        .seed(3);
  }

  /// Sparse sums of random directions, with noise, around a mean that is not 0.
  private static float[] superposition(SplittableRandom random) {
    int rows = 2000;
    int trueFeatures = 64;
    double[] directions = random.doubles((long) trueFeatures * WIDTH, -1, 1).toArray();
    float[] rowsBD = new float[rows * WIDTH];
    for (int row = 0; row < rows; row++) {
      double[] sum = random.doubles(WIDTH, 0.1, 0.4).toArray();
      for (int g = 0; g < trueFeatures; g++) {
        double strength = random.nextInt(16) == 0 ? random.nextDouble(1, 3) : 0;
        for (int d = 0; d < WIDTH; d++) {
          sum[d] += strength * directions[g * WIDTH + d];
        }
      }
      for (int d = 0; d < WIDTH; d++) {
        rowsBD[row * WIDTH + d] = (float) sum[d];
      }
    }
    return rowsBD;
  }

  Trainer begin(Backend backend, TrainingOptions options) {
    return new StreamTrainer(ActivationSet.of(rowMajor, WIDTH), options, backend);
  }

  Run run(Backend backend, TrainingOptions options, int steps) {
    return Run.of(begin(backend, options), steps, () -> {});
  }

  /// EJML, with everything that single precision stores moved by up to u of itself.
  private Run perturbed(TrainingOptions options, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] moved = rowMajor.clone();
    for (int i = 0; i < moved.length; i++) {
      // the neighbours in single precision are up to 2u away
      moved[i] =
          random.nextBoolean()
              ? moved[i]
              : random.nextBoolean() ? Math.nextUp(moved[i]) : Math.nextDown(moved[i]);
    }
    Trainer trainer = new StreamTrainer(ActivationSet.of(moved, WIDTH), options, ejml);
    Runnable moveWeights =
        () ->
            trainer
                .learner()
                .trained()
                .parameters()
                .forEach(parameter -> move(parameter.tensor(), random));
    moveWeights.run();
    return Run.of(trainer, STEPS, moveWeights);
  }

  private void move(Tensor parameter, SplittableRandom random) {
    double[] values = parameter.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] *= 1 + random.nextDouble(-SINGLE, SINGLE);
    }
    ejml.assign(parameter.storage(), ejml.upload(parameter.rows(), parameter.columns(), values));
  }

  /// What the distance of a single-precision run from EJML's may be.
  record Allowance(Map<String, Double> weights, double[] losses) {}

  Allowance allowance(TrainingOptions options, Run exact) {
    Map<String, Double> weights = new LinkedHashMap<>();
    double[] losses = new double[STEPS];
    for (int seed = 0; seed < PERTURBED_RUNS; seed++) {
      Run perturbed = perturbed(options, seed);
      exact
          .weights
          .keySet()
          .forEach(
              name ->
                  weights.merge(name, ROUNDED_SUMS * perturbed.distance(exact, name), Math::max));
      double sofar = 0;
      for (int step = 0; step < STEPS; step++) {
        double loss = exact.reports.get(step).loss();
        // the loss itself is a sum of single-precision numbers
        sofar =
            Math.max(
                sofar,
                Math.max(SINGLE * loss, Math.abs(perturbed.reports.get(step).loss() - loss)));
        losses[step] = Math.max(losses[step], ROUNDED_SUMS * sofar);
      }
    }
    return new Allowance(weights, losses);
  }

  /// How much of its allowance a run uses: at most 1 where it agrees.
  static double used(Allowance allowance, Run run, Run exact) {
    double used = 0;
    for (Map.Entry<String, Double> weight : allowance.weights.entrySet()) {
      used = Math.max(used, run.distance(exact, weight.getKey()) / weight.getValue());
    }
    for (int step = 0; step < STEPS; step++) {
      used =
          Math.max(
              used,
              Math.abs(run.reports.get(step).loss() - exact.reports.get(step).loss())
                  / allowance.losses[step]);
    }
    return used;
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void a_run_on_vector_agrees_with_ejml_step_by_step(TrainingOptions options) {
    Run exact = run(ejml, options, STEPS);
    Allowance allowance = allowance(options, exact);
    assertThat(used(allowance, run(vector, options, STEPS), exact)).isLessThanOrEqualTo(1);
  }

  /// The allowance is narrow: a coefficient that is off by a hundred-thousandth leads outside.
  @Test
  void a_coefficient_slightly_off_would_be_seen() {
    TrainingOptions options = relu(0.3);
    Run exact = run(ejml, options, STEPS);
    Allowance allowance = allowance(options, exact);
    assertThat(used(allowance, run(ejml, relu(0.3 * 1.00001), STEPS), exact)).isGreaterThan(1);
    assertThat(used(allowance, run(vector, relu(0.3 * 1.0001), STEPS), exact)).isGreaterThan(1);
  }

  /// The codes are dense at first; the penalty makes them row-sparse on the way.
  @Test
  void a_run_whose_codes_turn_from_dense_to_sparse_agrees_with_ejml() {
    TrainingOptions options = relu(3, 0.02);
    Run exact = run(ejml, options, STEPS);
    Trainer trainer = begin(vector, options);
    assertThat(layoutOfCodes(trainer)).isEqualTo(Layout.DENSE);
    Run crossing = Run.of(trainer, STEPS, () -> {});
    assertThat(layoutOfCodes(trainer)).isEqualTo(Layout.ROW_SPARSE);
    assertThat(crossing.reports.getLast().l0()).as("features active at the end").isGreaterThan(1);
    assertThat(used(allowance(options, exact), crossing, exact)).isLessThanOrEqualTo(1);
  }

  private Layout layoutOfCodes(Trainer trainer) {
    Tensor activationsBD = Tensor.of(vector, BATCH, WIDTH, rowMajor);
    return trainer.learner().trained().encode(activationsBD).layout();
  }

  @ParameterizedTest
  @MethodSource("runs")
  void any_number_of_threads_gives_the_same_bits(TrainingOptions options) {
    Run expected = run(vector, options, STEPS / 2);
    for (int threads : new int[] {1, 3}) {
      try (Backend other = new VectorBackend(threads)) {
        run(other, options, STEPS / 2).hasTheBitsOf(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void a_step_in_one_piece_gives_the_bits_of_its_operations(TrainingOptions options) {
    run(operationByOperation(vector), options, STEPS / 2)
        .hasTheBitsOf(run(vector, options, STEPS / 2));
  }

  /// The same backend, which runs a step as if nobody had said that it is one.
  private static Backend operationByOperation(Backend backend) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, method, arguments) -> {
              if (method.getName().equals("step") && arguments[0] instanceof Supplier<?> work) {
                return ((List<?>) work.get())
                    .stream().mapToDouble(result -> ((Tensor) result).item()).toArray();
              }
              try {
                return method.invoke(backend, arguments);
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void a_resumed_run_on_vector_ends_with_the_same_bits(TrainingOptions options) throws IOException {
    Run uninterrupted = run(vector, options, STEPS / 5);
    Path checkpoint = folder.resolve(options.sae().architecture() + ".safetensors");
    Run.of(begin(vector, options), 17, () -> {}).trainer.saveCheckpoint(checkpoint);
    Trainer resumed =
        StreamTrainer.resume(ActivationSet.of(rowMajor, WIDTH), options, vector, checkpoint);
    Run rest = Run.of(resumed, STEPS / 5 - 17, () -> {});
    assertThat(rest.reports).isEqualTo(uninterrupted.reports.subList(17, STEPS / 5));
    uninterrupted.weights.forEach(
        (name, values) -> assertThat(rest.weights.get(name)).as(name).containsExactly(values));
  }
}
