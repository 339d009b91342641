// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.CapturedActivations;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;

/// The activations of a language model on a text at one hook point, all of them in memory, with the
/// text that each row stands for.
///
/// @param activations a row for each token
/// @param text what each row stands for
public record ModelReading(ActivationSet activations, TokensInContext text) {

  /// Lets a model read. The rows take 4·tokens·D bytes.
  ///
  /// @param model open; the caller closes it
  /// @param settings how to read
  /// @param progress told how many tokens were read since it was told last
  /// @throws IOException if the text cannot be read
  public static ModelReading of(
      LanguageModel model,
      HookPoint hook,
      DocumentSource source,
      ActivationCapture.Settings settings,
      LongConsumer progress)
      throws IOException {
    List<Document> documents = new ArrayList<>();
    List<CapturedActivations> batches = new ArrayList<>();
    new ActivationCapture(model, List.of(hook), settings)
        .stream(
            source,
            documents::add,
            batch -> {
              batches.add(batch);
              progress.accept(batch.tokens().size());
            });
    if (batches.isEmpty()) {
      throw new IllegalArgumentException(settings.tooLittle(source));
    }
    CapturedActivations captured = CapturedActivations.concatenated(batches);
    FloatRows rows = captured.at(hook);
    return new ModelReading(
        ActivationSet.of(rows.values(), rows.width()),
        new TokensInContext(captured.tokens(), documents));
  }
}
