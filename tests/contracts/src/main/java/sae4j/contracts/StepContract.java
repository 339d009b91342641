// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// Steps of training, run in one piece or operation by operation.
interface StepContract extends Contract {

  /// Parameters and losses of a short training of the article's SAE.
  record Training(List<Tensor> parameters, List<double[]> losses) {

    /// Batch size, learning rate and coefficient change from step to step. ε is large, so that
    /// rounding of a gradient near 0 does not decide the direction of its step.
    static Training run(
        Backend backend, boolean inSteps, int activationDim, int dictSize, int steps, long seed) {
      var autoencoder = new SparseAutoEncoder(activationDim, dictSize, backend, seed);
      Tensor unitRows = Initialiser.unitNormRows(backend, dictSize, activationDim, seed);
      List<Tensor> parameters = new ArrayList<>(autoencoder.parameters());
      Adam adam = new Adam(parameters, 0, 0.9, 0.999, 0.25).withUnitNormRows(unitRows);
      parameters.add(unitRows);
      SplittableRandom random = new SplittableRandom(seed);
      List<double[]> losses = new ArrayList<>();
      for (int step = 0; step < steps; step++) {
        int batch = 2 + step % 3;
        float[] activations = Numbers.MODERATE.draw(random.nextLong(), batch * activationDim);
        double learningRate = 0.05 / (step + 1);
        double l1Coefficient = 0.01 * step;
        Supplier<List<Tensor>> work =
            () -> {
              adam.learningRate(learningRate);
              adam.zeroGradients();
              Tensor modelActivationsBD = Tensor.of(backend, batch, activationDim, activations);
              Tensor loss = Loss.calculateLoss(autoencoder, modelActivationsBD, l1Coefficient);
              Tensor drift = modelActivationsBD.matmul(unitRows.transpose()).pow(2).mean();
              loss.plus(drift).backward();
              adam.step();
              return List.of(loss, drift);
            };
        if (inSteps) {
          losses.add(backend.step(work));
        } else {
          losses.add(work.get().stream().mapToDouble(Tensor::item).toArray());
        }
      }
      return new Training(parameters, losses);
    }
  }

  @Property
  default void training_in_steps_and_operation_by_operation_agree_with_the_reference(
      @ForAll @IntRange(min = 1, max = 9) int activationDim,
      @ForAll @IntRange(min = 1, max = 17) int dictSize,
      @ForAll @IntRange(min = 1, max = 3) int steps,
      @ForAll long seed) {
    Backend reference = new BoundedReference(backend().unitRoundoff());
    Training expected = Training.run(reference, false, activationDim, dictSize, steps, seed);
    for (boolean inSteps : new boolean[] {false, true}) {
      Training actual = Training.run(backend(), inSteps, activationDim, dictSize, steps, seed);
      for (int i = 0; i < expected.parameters.size(); i++) {
        Contract.agrees(
            BoundedReference.numbers(expected.parameters.get(i).storage()),
            actual.parameters.get(i).toDoubles());
      }
      assertThat(actual.losses).hasSize(steps).allSatisfy(losses -> assertThat(losses).hasSize(2));
    }
  }

  /// Whichever it is, neither gets numbers of the other.
  @Example
  default void a_second_step_at_the_same_time_runs_or_is_refused_in_words() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch tried = new CountDownLatch(1);
    try (ExecutorService another = Executors.newSingleThreadExecutor()) {
      Future<double[]> first =
          another.submit(
              () ->
                  backend()
                      .step(
                          () -> {
                            begun.countDown();
                            await(tried);
                            return List.of(Tensor.of(backend(), 1, 1, 3).times(2));
                          }));
      await(begun);
      try {
        assertThat(backend().step(() -> List.of(Tensor.of(backend(), 1, 1, 5).times(2))))
            .containsExactly(10);
      } catch (IllegalStateException oneAtATime) {
        assertThat(oneAtATime).hasMessageContaining("step");
      } finally {
        tried.countDown();
      }
      assertThat(first.get(1, TimeUnit.MINUTES)).containsExactly(6);
    }
    assertThat(backend().step(() -> List.of(Tensor.of(backend(), 1, 1, 5).times(2))))
        .containsExactly(10);
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the other thread does not come");
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  @Example
  default void a_step_runs_its_work_once_and_returns_its_scalars_in_order() {
    Tensor parameter = Tensor.parameter(backend(), 1, 1, (row, column) -> 1);
    double[] scalars =
        backend()
            .step(
                () -> {
                  Tensor doubled = parameter.plus(parameter);
                  backend().assign(parameter.storage(), doubled.storage());
                  return List.of(doubled.times(2), doubled);
                });
    assertThat(scalars).containsExactly(4, 2);
    assertThat(parameter.item()).isEqualTo(2);
    assertThat(backend().step(List::of)).isEmpty();
  }

  @Property
  default void what_is_computed_together_agrees_with_the_reference(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 9) int width,
      @ForAll @IntRange(min = 1, max = 17) int features,
      @ForAll @IntRange(min = 0, max = 17) int k,
      @ForAll long seed) {
    int active = Math.min(k, features);
    List<Tensor> expected =
        codes(new BoundedReference(backend().unitRoundoff()), rows, width, features, active, seed);
    List<Tensor> actual = codes(backend(), rows, width, features, active, seed);
    for (int i = 0; i < expected.size(); i++) {
      Contract.agrees(
          BoundedReference.numbers(expected.get(i).storage()), actual.get(i).toDoubles());
    }
  }

  /// Two kinds of codes and what they decode to, a view of a parameter, and an upload as it is,
  /// whose array changes afterwards.
  private static List<Tensor> codes(
      Backend backend, int rows, int width, int features, int k, long seed) {
    Tensor encoderDF =
        Tensor.parameter(backend, width, features, (row, column) -> (row + 1) * 0.5 - column % 3);
    float[] numbers = Numbers.TIES.draw(seed, rows * width);
    List<Tensor> results =
        backend.compute(
            () -> {
              Tensor activationsBD = Tensor.of(backend, rows, width, numbers);
              Tensor positiveBF = activationsBD.matmul(encoderDF).relu();
              Tensor largestBF = activationsBD.matmul(encoderDF).topK(k);
              return List.of(
                  positiveBF,
                  positiveBF.matmul(encoderDF.transpose()),
                  largestBF.matmul(encoderDF.transpose()),
                  encoderDF.transpose(),
                  activationsBD,
                  activationsBD.transpose());
            });
    java.util.Arrays.fill(numbers, 7);
    return results;
  }

  @Example
  default void what_is_computed_together_can_be_computed_with_and_within_a_step() {
    Tensor parameter = Tensor.parameter(backend(), 1, 2, (row, column) -> column + 1);
    Tensor doubled = backend().compute(() -> List.of(parameter.times(2).detach())).getFirst();
    assertThat(doubled.plus(parameter).toDoubles()).containsExactly(3, 6);
    double[] sums =
        backend()
            .step(() -> backend().compute(() -> List.of(doubled.times(parameter).detach().sum())));
    assertThat(sums).containsExactly(10);
  }
}
