// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import picocli.CommandLine.Mixin;
import sae4j.activations.text.DocumentSource;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;

/// `--model`, `--hook`, `--text`, `--documents` and `--max-tokens`: a text that a language model
/// reads while an SAE is looked at.
public final class ModelTextOptions {
  @Mixin private ModelOption.OfSae model = new ModelOption.OfSae();
  @Mixin private HookOption.OfSae hook = new HookOption.OfSae();
  @Mixin private TextOption text = new TextOption();
  @Mixin private MaxTokensOption maxTokens;

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

  /// How much of it is read.
  public long maxTokens() {
    return maxTokens.value();
  }
}
