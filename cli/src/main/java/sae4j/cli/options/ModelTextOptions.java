// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.terminal.Console;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.TokensRead;

/// `--model`, `--hook`, `--text`, `--documents`, `--context` and `--max-tokens`: a text that a
/// language model reads while an SAE is looked at.
public final class ModelTextOptions {
  @Mixin private ModelOption.OfSae model = new ModelOption.OfSae();
  @Mixin private HookOption.OfSae hook = new HookOption.OfSae();
  @Mixin private TextOption text = new TextOption();
  @Mixin private ContextOption context = new ContextOption();
  @Mixin private MaxTokensOption maxTokens;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /// @param maxTokens how much is read where nothing is said
  public ModelTextOptions(MaxTokensOption maxTokens) {
    this.maxTokens = maxTokens;
  }

  /// Whether a model is asked to read.
  public boolean given() {
    return model.given() || text.given();
  }

  /// Whether a model was named.
  public boolean modelGiven() {
    return model.given();
  }

  /// Whether a text was named.
  public boolean textGiven() {
    return text.given();
  }

  /// Model and hook point as they were given, for a line that a user may run next: with a blank in
  /// front, or nothing.
  public String asWords() {
    return model.asWords() + hook.asWords();
  }

  /// Opens the model; where none was given, the one that the SAE was trained on.
  public LanguageModel open(Origin origin) throws IOException {
    return model.open(origin);
  }

  /// The hook point option.
  public HookOption hook() {
    return hook;
  }

  /// The hook point; where none was given, the one that the SAE was trained at.
  public HookPoint hook(Origin origin) {
    return hook.orOf(origin);
  }

  /// The text.
  public DocumentSource source() throws IOException {
    return text.source();
  }

  /// How the model reads: as when the SAE was trained, as far as its file says and the options do
  /// not say otherwise. What the file says and is not done here is said.
  public Settings settings(LanguageModel reads, Origin origin) {
    Settings usual = Settings.forWindows(reads, context.of(reads, origin), maxTokens());
    TokensRead trained = origin.tokensRead();
    if (trained.positions() != null) {
      say(
          "the SAE was trained on positions %s of each context; here it is measured on all"
              .formatted(trained.positions()));
    }
    if (!trained.leavesOutSpecial()) {
      return usual;
    }
    say("special tokens are left out, because the SAE was trained without them");
    return new Settings(
        usual.windowLength(), usual.batch(), usual.maxTokens(), KeptRows.NOT_SPECIAL);
  }

  private void say(String line) {
    Console.of(spec).say(line);
  }

  /// How much of it is read.
  public long maxTokens() {
    return maxTokens.value();
  }
}
