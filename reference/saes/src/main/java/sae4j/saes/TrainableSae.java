// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;
import java.util.Map;
import sae4j.tensor.Tensor;

/// An SAE with the objective that it is trained on. A new architecture implements this and says by
/// an [Architecture] how a fresh one is made.
public interface TrainableSae extends Sae {

  /// What training minimises, on one batch.
  Objective objective(TrainingBatch batch);

  /// Moves what training moves without a gradient, and keeps parameters where they may be, after
  /// the optimiser's update. This is part of the step, so it may not read a result.
  default void updateBuffers(Objective objective, TrainingBatch batch) {}

  /// State of the training alone, by name. It takes no part in what the SAE computes, and
  /// checkpoints keep it.
  default Map<String, Tensor> buffers() {
    return Map.of();
  }

  /// The parameters that an optimiser moves.
  default List<Parameter> learned() {
    return parameters().stream().filter(parameter -> parameter.role().learned()).toList();
  }
}
