// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.dead;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// Counts for each feature the steps since it was last active, and how often it is. The counts stay
/// with the backend; they are read only when somebody asks.
public final class FeatureActivity {
  private final Backend backend;
  private final long deadAfterSteps;
  private final Tensor sinceActiveF;
  private final Tensor densitySumF;
  private final Tensor zerosF;

  /// The steps in the density's sum, as a checkpoint keeps them; see [#restored].
  private final Tensor keptSteps;

  private long densitySteps;

  /// @param deadAfterSteps steps without activity after which a feature is dead
  public FeatureActivity(int features, long deadAfterSteps, Backend backend) {
    this.backend = backend;
    this.deadAfterSteps = deadAfterSteps;
    this.sinceActiveF = Tensor.parameter(backend, 1, features, Elements.constant(0));
    this.densitySumF = Tensor.parameter(backend, 1, features, Elements.constant(0));
    this.zerosF = Tensor.parameter(backend, 1, features, Elements.constant(0));
    this.keptSteps = Tensor.parameter(backend, 1, 1, Elements.constant(0));
  }

  /// 1 where a feature is dead, else 0.
  public Tensor deadF() {
    Tensor limit = Tensor.of(backend, 1, 1, deadAfterSteps - 0.5);
    return sinceActiveF.minus(limit).relu().sign();
  }

  /// Takes note of a batch: since ← (since + 1)·(1 − active). Part of the step.
  ///
  /// @param activeBF 1 where a feature is active, else 0
  public void count(Tensor activeBF) {
    Tensor one = Tensor.of(backend, 1, 1, 1.0);
    Tensor tokensF = activeBF.columnSums();
    Tensor activeF = tokensF.sign();
    Tensor updatedF = sinceActiveF.plus(one).times(one.minus(activeF));
    sinceActiveF.assign(updatedF);
    Tensor densityF = tokensF.times(1.0 / activeBF.rows());
    densitySumF.assign(densitySumF.plus(densityF));
    densitySteps++;
  }

  /// For each feature the fraction of tokens on which it was active since this was last asked; NaN
  /// where no step was taken.
  public double[] takeDensity() {
    double[] density = densitySumF.toDoubles();
    for (int f = 0; f < density.length; f++) {
      density[f] /= densitySteps;
    }
    densitySumF.assign(zerosF);
    densitySteps = 0;
    return density;
  }

  /// The number of features that were active in the last `deadAfterSteps` steps of the run.
  ///
  /// @param step steps taken so far
  public int alive(long step) {
    int alive = 0;
    for (double since : sinceActiveF.toDoubles()) {
      if (since < Math.min(step, deadAfterSteps)) {
        alive++;
      }
    }
    return alive;
  }

  /// Whether each feature is dead.
  public boolean[] dead() {
    double[] since = sinceActiveF.toDoubles();
    boolean[] dead = new boolean[since.length];
    for (int f = 0; f < since.length; f++) {
      dead[f] = since[f] >= deadAfterSteps;
    }
    return dead;
  }

  /// What a checkpoint keeps.
  public SequencedMap<String, Tensor> state() {
    keptSteps.assign(Tensor.of(backend, 1, 1, (double) densitySteps));
    SequencedMap<String, Tensor> state = new LinkedHashMap<>();
    state.put("steps_since_active", sinceActiveF);
    state.put("density_sum", densitySumF);
    state.put("density_steps", keptSteps);
    return state;
  }

  /// Takes up the counts after the tensors of [#state] were restored.
  public void restored() {
    densitySteps = Math.round(keptSteps.item());
  }
}
