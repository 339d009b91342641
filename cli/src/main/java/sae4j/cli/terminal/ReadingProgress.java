// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.io.IOException;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.DocumentSource;
import sae4j.evaluation.ModelReading;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;

/// Shows how far a language model is in a text.
///
/// @param console where it is shown
public record ReadingProgress(Console console) {

  /// Lets a model read, as [ModelReading#of] does.
  public ModelReading read(
      LanguageModel model, HookPoint hook, DocumentSource text, Settings settings)
      throws IOException {
    ProgressLine progress =
        new ProgressLine(
            console,
            "%s reads %s".formatted(model.name(), text.description()),
            "tokens",
            settings.maxTokens());
    ModelReading reading = ModelReading.of(model, hook, text, settings, progress::add);
    progress.end();
    return reading;
  }
}
