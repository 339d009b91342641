// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JavaSources;
import sae4j.cli.options.ModelOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ReadingProgress;
import sae4j.evaluation.ModelReading;
import sae4j.evaluation.TokensInContext;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.weights.Origin;

/// What the built-in model makes of the Java sources on this machine.
///
/// @param all the activations, in the order of the text
/// @param heldOut the first files' part of them, to judge by
/// @param training the rest
/// @param text what each row stands for
/// @param source of the text
record DemoActivations(
    ActivationSet all,
    ActivationSet heldOut,
    ActivationSet training,
    TokensInContext text,
    String source) {
  static final String MODEL = ModelOption.BUILT_IN;
  static final HookPoint HOOK = HookPoint.residPost(2);
  static final Origin ORIGIN = new Origin(MODEL, HOOK.name());
  static final String FILE = "heldout.safetensors";

  /// A fifth of what is trained on is held out.
  private static final int TRAINING_TO_HELD_OUT = 5;

  /// Lets the model read.
  ///
  /// @param tokens to train on
  /// @param seed orders the files
  static DemoActivations capture(Console console, int tokens, long seed) throws IOException {
    try (LanguageModel model = LanguageModels.open(MODEL)) {
      DocumentSource source = JavaSources.onThisMachine(seed, Path.of(""));
      console.say("activations of %s at %s".formatted(model.name(), HOOK));
      int heldOutTokens = tokens / TRAINING_TO_HELD_OUT;
      ModelReading reading =
          new ReadingProgress(console)
              .read(model, HOOK, source, Settings.forModel(model, tokens + (long) heldOutTokens));
      ActivationSet all = reading.activations();
      long end = reading.text().endOfDocument(Math.min(heldOutTokens, all.rows() - 1));
      return new DemoActivations(
          all,
          all.slice(0, end),
          all.slice(end, all.rows() - end),
          reading.text(),
          source.description());
    }
  }

  /// Writes the held-out part into a folder.
  void saveHeldOut(Path folder) throws IOException {
    Safetensors.write(
        folder.resolve(FILE),
        Map.of("model_name", MODEL, "hook_name", HOOK.name(), "text", source),
        List.of(
            TensorData.rows(
                "activations",
                heldOut.rows(),
                heldOut.width(),
                (row, values) -> heldOut.read(row, values, 0))));
  }
}
