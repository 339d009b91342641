// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.capture.EndlessWindows;
import sae4j.activations.capture.LiveActivations;
import sae4j.cli.options.ContextOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;

/// `--model`, `--text`, `--documents`, `--context`, `--buffer`: activations that a language model
/// computes while an SAE learns from them.
final class LiveOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private ModelOption.OrBuiltIn modelOption = new ModelOption.OrBuiltIn();
  @Mixin private TextOption textOption = new TextOption();

  @Mixin private ContextOption context = new ContextOption();

  @Option(
      names = "--buffer",
      paramLabel = "ROWS",
      converter = Numbers.Positive.class,
      defaultValue = "32768",
      description =
          "Tokens in the buffer that shuffles the model's activations. Batches are drawn from it at"
              + " random, and it is refilled when half of it is used (default: ${DEFAULT-VALUE}).")
  private int buffer;

  private int window;

  /// Tokens in each context of the model that was opened.
  int window() {
    return window;
  }

  /// Whether a model is to read.
  boolean given() {
    return modelOption.given() || textOption.given();
  }

  /// Opens the model.
  LanguageModel open() throws IOException {
    LanguageModel model = modelOption.open();
    try {
      window = context.of(model);
      return model;
    } catch (ParameterException refused) {
      model.close();
      throw refused;
    }
  }

  /// What it makes of the text at some hooks.
  ///
  /// @param batch tokens a step
  LiveActivations stream(LanguageModel model, List<HookPoint> hooks, int batch, long seed)
      throws IOException {
    Refusal.unless(
        buffer >= 2L * batch,
        spec,
        "--buffer",
        buffer,
        "it must be twice --batch or more, " + 2L * batch);
    return new LiveActivations(
        model, hooks, settings(model), textOption.source(), batch, buffer, seed);
  }

  /// The text as whole windows, so many at a time that they have about a number of tokens.
  EndlessWindows windows(LanguageModel model, int tokens, long seed) throws IOException {
    Settings settings = settings(model);
    return new EndlessWindows(
        textOption.source(),
        model.tokenizer(),
        settings.windowLength(),
        Math.max(1, tokens / settings.windowLength()),
        seed);
  }

  private Settings settings(LanguageModel model) {
    return Settings.forWindows(model, window, Long.MAX_VALUE);
  }
}
