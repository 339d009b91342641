// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import sae4j.activations.ActivationStream;
import sae4j.activations.capture.EndlessWindows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModels;
import sae4j.tensor.Backend;
import sae4j.training.StreamTrainer;
import sae4j.training.Task;
import sae4j.training.Trainer;
import sae4j.training.endtoend.EndToEnd;
import sae4j.training.endtoend.EndToEndTrainer;

/// How the SAEs of a run are trained, with what their batches are read from.
sealed interface TrainingKind extends AutoCloseable {
  /// Begins the run.
  Trainer begin() throws IOException;

  /// By what the inputs are known again when the run goes on.
  SequencedMap<String, String> identity() throws IOException;

  /// Goes on from a checkpoint.
  Trainer resume(Path checkpoint) throws IOException;

  @Override
  void close();

  /// On activations.
  record OnActivations(ActivationStream stream, List<Task> tasks, Backend backend)
      implements TrainingKind {
    @Override
    public SequencedMap<String, String> identity() {
      return stream.identity();
    }

    @Override
    public Trainer begin() {
      return new StreamTrainer(stream, tasks, backend);
    }

    @Override
    public Trainer resume(Path checkpoint) throws IOException {
      return StreamTrainer.resume(stream, tasks, backend, checkpoint);
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  /// On the output of the language model.
  record OnOutput(
      TrainingSource.Live source, EndlessWindows windows, EndToEnd loss, Task task, Backend backend)
      implements TrainingKind {
    @Override
    public SequencedMap<String, String> identity() throws IOException {
      SequencedMap<String, String> identity = new LinkedHashMap<>();
      identity.put("model", LanguageModels.identity(source.model()));
      identity.putAll(windows.identity());
      return identity;
    }

    @Override
    public EndToEndTrainer begin() throws IOException {
      HookPoint hook = source.hooks().get(task.inputs().getFirst());
      return new EndToEndTrainer(source.model(), hook, windows, loss, task.options(), backend);
    }

    @Override
    public Trainer resume(Path checkpoint) throws IOException {
      EndToEndTrainer trainer = begin();
      trainer.resume(checkpoint);
      return trainer;
    }

    @Override
    public void close() {
      windows.close();
    }
  }
}
