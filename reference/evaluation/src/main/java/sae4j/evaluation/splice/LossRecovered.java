// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import java.io.IOException;
import java.util.List;
import java.util.function.LongConsumer;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.DocumentSource;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;

/// What a language model loses when the activations at a hook point are replaced by an SAE's
/// reconstruction of them: the article's "Loss Recovered".
///
/// The loss is the cross-entropy of next-token prediction, in nats a token, over every token that
/// has a successor in its sequence.
///
/// ```
/// loss recovered = (L(ablation) − L(sae)) / (L(ablation) − L(clean))
/// ```
///
/// It is 1 when the reconstruction is as good as the activations, and 0 when it is no better than
/// what it is compared with: their mean, or zero. The mean is that of the activations of the same
/// text.
///
/// All three replacements leave the first token of each sequence and document-start tokens as they
/// are, because SAEs are not trained on them ([sae4j.models.TokenBatch#rowsBehindStarts]).
///
/// @param l0 mean number of active features a token
/// @param explainedVariance 1 − Σ‖x̂ − x‖² / Σ‖x − mean‖²
/// @param lossClean L of the model left alone
/// @param lossSae L when the reconstruction is spliced in
/// @param lossMeanAblation L when the mean is
/// @param lossZeroAblation L when zeros are
/// @param lossRecoveredMeanAblation compared with the mean
/// @param lossRecoveredZeroAblation compared with zeros
/// @param kl KL(model left alone ‖ model with the reconstruction), in nats
/// @param sequences how many were read
public record LossRecovered(
    Estimate l0,
    Estimate explainedVariance,
    Estimate lossClean,
    Estimate lossSae,
    Estimate lossMeanAblation,
    Estimate lossZeroAblation,
    Estimate lossRecoveredMeanAblation,
    Estimate lossRecoveredZeroAblation,
    Estimate kl,
    int sequences) {

  /// Measures one SAE as [#of(LanguageModel, HookPoint, List, DocumentSource, Settings,
  /// LongConsumer)] measures several.
  public static LossRecovered of(
      LanguageModel model,
      HookPoint hook,
      Sae sae,
      DocumentSource text,
      Settings settings,
      LongConsumer progress)
      throws IOException {
    return of(model, hook, List.of(sae), text, settings, progress).getFirst();
  }

  /// Measures a transcoder: its prediction of the activations at another hook point replaces them.
  ///
  /// @param hook what it reads
  /// @param target what it predicts, and what is ablated
  /// @see #of(LanguageModel, HookPoint, List, DocumentSource, Settings, LongConsumer)
  public static LossRecovered ofTranscoder(
      LanguageModel model,
      HookPoint hook,
      HookPoint target,
      Sae transcoder,
      DocumentSource text,
      Settings settings,
      LongConsumer progress)
      throws IOException {
    return of(model, hook, target, List.of(transcoder), text, settings, progress).getFirst();
  }

  /// Measures SAEs of one hook point, each as if it were alone. The model left alone and the two
  /// ablations are the same for all and computed once, so n SAEs take n + 3 forward passes of the
  /// text from the hook point on, not 4·n. The text is read twice: for the mean, and for the
  /// losses. Memory is bounded by two batches of logits of 64 MiB each, whatever the vocabulary.
  ///
  /// @param model what the SAE was trained on; the caller closes it
  /// @param hook where
  /// @param saes what to splice in, one after the other
  /// @param text best text that the SAE was not trained on
  /// @param settings how to read it: the length of sequences, how much, and which rows are
  ///     replaced; how many sequences go through the model together follows from the size of the
  ///     logits
  /// @param progress told how many tokens were read since it was told last; both readings count, so
  ///     up to twice the settings' limit in all
  /// @return what was measured of each, in their order
  /// @throws IOException if the text cannot be read
  /// @throws IllegalArgumentException if the widths differ, or the text has no two tokens
  public static List<LossRecovered> of(
      LanguageModel model,
      HookPoint hook,
      List<Sae> saes,
      DocumentSource text,
      Settings settings,
      LongConsumer progress)
      throws IOException {
    return of(model, hook, hook, saes, text, settings, progress);
  }

  private static List<LossRecovered> of(
      LanguageModel model,
      HookPoint hook,
      HookPoint target,
      List<Sae> saes,
      DocumentSource text,
      Settings settings,
      LongConsumer progress)
      throws IOException {
    for (Sae sae : saes) {
      if (sae.activationDim() != model.width(hook)) {
        throw new IllegalArgumentException(
            ("the SAE takes activations of width %d, but those of %s at %s have %d; choose "
                    + "the model it was trained on")
                .formatted(sae.activationDim(), model.name(), hook, model.width(hook)));
      }
    }
    return new SpliceMeasurement(model, hook, target, saes).of(text, settings, progress);
  }
}
