// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.checkpoints.Checkpoint;
import sae4j.training.schedules.SparsityController;

/// Learners and their stream, on the way into a checkpoint and back.
///
/// @param stream what their batches are drawn from, by name, so that a run is not continued with
///     something else
public record CheckpointedRun(
    SequencedMap<String, String> stream, List<Learner> learners, Backend backend) {

  /// Saves everything that is needed to continue, atomically.
  ///
  /// @param position counters of the stream
  /// @param held activations that the stream holds
  public void save(Path file, Map<String, Long> position, Map<String, ActivationSet> held)
      throws IOException {
    Map<Integer, SparsityController.State> controllers = new TreeMap<>();
    for (int i = 0; i < learners.size(); i++) {
      SparsityController.@Nullable State state = learners.get(i).controllerState();
      if (state != null) {
        controllers.put(i, state);
      }
    }
    Checkpoint.save(
        file,
        run(),
        new Checkpoint.Position(learners.getFirst().steps(), new TreeMap<>(position), controllers),
        held,
        backend,
        state());
  }

  /// Restores the learners and the stream in place.
  ///
  /// @throws IOException if the checkpoint cannot be read, is damaged, or belongs to another run
  public void resume(Path file, Checkpoint.StreamState streamState) throws IOException {
    Checkpoint.Position position = Checkpoint.load(file, run(), streamState, backend, state());
    for (int i = 0; i < learners.size(); i++) {
      learners.get(i).restore(position.step(), position.controllers().get(i));
    }
  }

  private Checkpoint.Run run() {
    return new Checkpoint.Run(learners.stream().map(Learner::task).toList(), stream);
  }

  /// The tensors of all SAEs by name; with more than one, behind the SAE's number.
  private SequencedMap<String, Tensor> state() {
    SequencedMap<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < learners.size(); i++) {
      String prefix = learners.size() == 1 ? "" : i + ".";
      learners.get(i).state().forEach((name, tensor) -> state.put(prefix + name, tensor));
    }
    return state;
  }
}
