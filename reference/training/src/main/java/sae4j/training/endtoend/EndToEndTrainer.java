// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.endtoend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.EndlessWindows;
import sae4j.activations.capture.TokenTable;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.predictions.SplicedPass;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.CheckpointedRun;
import sae4j.training.Learner;
import sae4j.training.OutputGradient;
import sae4j.training.StepReport;
import sae4j.training.StepScalars;
import sae4j.training.Task;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;

/// Trains an SAE on what its reconstruction does to a frozen language model's output; see
/// [EndToEnd].
///
/// A step has five parts:
///
/// 1. The model reads a batch of windows, to the hook and on from there.
/// 2. The SAE reconstructs the activations at the hook.
/// 3. The model runs on from the reconstruction ([SplicedPass]).
/// 4. The gradient of the loss comes back through the model to the reconstruction.
/// 5. [OutputGradient] takes it on to the SAE's parameters.
///
/// Document starts and the first tokens of windows are left as they are.
public final class EndToEndTrainer implements Trainer {
  private static final int SAMPLE_ROWS = 8_192;
  private static final int RECENT_STEPS = 50;
  private static final String BATCHES = "text_batches";
  private static final String TEXT = "text_sum";

  private final LanguageModel model;
  private final HookPoint hook;
  private final EndlessWindows windows;
  private final EndToEnd loss;
  private final SequencedMap<String, String> identity = new LinkedHashMap<>();
  private final Backend backend;
  private final Learner learner;
  private final Deque<Double> recentKl = new ArrayDeque<>();

  /// Begins a run.
  ///
  /// @param model what the SAE is spliced into; the caller closes it
  /// @param hook where
  /// @param windows of the text, at their start; read by nobody else from now on
  /// @param options of the SAE; the windows decide how many tokens a step has
  /// @throws IllegalArgumentException if an option cannot be
  /// @throws IOException if the text cannot be read
  public EndToEndTrainer(
      LanguageModel model,
      HookPoint hook,
      EndlessWindows windows,
      EndToEnd loss,
      TrainingOptions options,
      Backend backend)
      throws IOException {
    this.model = model;
    this.hook = hook;
    this.windows = windows;
    this.loss = loss;
    this.backend = backend;
    identity.put("model", LanguageModels.identity(model));
    identity.put("hook", hook.name());
    identity.putAll(windows.identity());
    identity.put("objective", loss.toString());
    List<ActivationSet> sample = List.of(sample());
    this.learner = new Learner(new Task(options, 0), sample, sample, backend);
  }

  /// Continues the run that a checkpoint was saved from.
  ///
  /// @throws IOException if the checkpoint cannot be read, is damaged, or belongs to another run
  public void resume(Path checkpoint) throws IOException {
    checkpointed()
        .resume(
            checkpoint,
            (position, _) -> {
              windows.moveTo(position.getOrDefault(BATCHES, 0L));
              windows.requireSum(position.getOrDefault(TEXT, 0L));
            });
  }

  /// The activations of the first windows; they are read again.
  private ActivationSet sample() throws IOException {
    List<FloatRows> parts = new ArrayList<>();
    for (int rows = 0; rows < SAMPLE_ROWS; rows += parts.getLast().rows()) {
      parts.add(nextPass().activationsND());
    }
    windows.moveTo(0);
    FloatRows sample = FloatRows.concatenated(parts);
    return ActivationSet.of(sample.values(), sample.width());
  }

  private SplicedPass nextPass() {
    return new SplicedPass(model, TokenTable.batch(windows.next()), hook);
  }

  @Override
  public List<StepReport> step() {
    SplicedPass pass = nextPass();
    FloatRows readBD = pass.activationsND();
    int tokens = readBD.rows();
    FloatRows reconstructionBD =
        new FloatRows(tokens, readBD.width(), learner.reconstruct(upload(readBD)));
    FloatRows spliced = pass.splice(reconstructionBD);
    OutputLoss beyond =
        OutputLoss.of(
            loss,
            pass.clean(loss.later()),
            pass.spliced(spliced, loss.later()),
            pass.replacedRows());
    FloatRows gradientBD = pass.gradientND(spliced, beyond.gradients());
    OutputGradient towardsOutput =
        new OutputGradient(gradientBD.values(), loss.local() / learner.variance());
    double[] values =
        backend.step(
            () -> {
              Tensor uploadedBD = upload(readBD);
              return learner.step(uploadedBD, uploadedBD, towardsOutput).inOrder();
            });
    StepScalars<Double> scalars = StepScalars.of(values, 0);
    double lossOfOutput =
        beyond.value()
            + loss.local() * scalars.l2Loss() / learner.variance()
            + scalars.sparsityLoss();
    recentKl.addLast(beyond.kl());
    if (recentKl.size() > RECENT_STEPS) {
      recentKl.removeFirst();
    }
    return List.of(learner.report(scalars.withLoss(lossOfOutput), tokens));
  }

  private Tensor upload(FloatRows rows) {
    return Tensor.of(backend, rows.rows(), rows.width(), rows.values());
  }

  /// The divergence of the output, `kl`, in nats a token.
  @Override
  public Map<String, Double> measures() {
    return Map.of(
        "kl", recentKl.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN));
  }

  @Override
  public List<Learner> learners() {
    return List.of(learner);
  }

  @Override
  public void saveCheckpoint(Path file) throws IOException {
    checkpointed().save(file, Map.of(BATCHES, windows.batches(), TEXT, windows.sum()), Map.of());
  }

  private CheckpointedRun checkpointed() {
    return new CheckpointedRun(identity, List.of(learner), backend);
  }
}
