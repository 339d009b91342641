// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.capture.WindowLength;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Console;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;

/// `--context`: how many tokens a language model sees at once.
public final class ContextOption {
  /// What the option is called.
  public static final String NAME = "--context";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = NAME,
      paramLabel = "T",
      converter = Numbers.AtLeastTwo.class,
      description =
          "Tokens in each context that the model reads (default: as many as the SAE was trained on,"
              + " where there is one and its file says so; else the longest context that the model"
              + " takes, but at most "
              + WindowLength.STANDARD
              + ").")
  private @Nullable Integer context;

  /// The number of tokens, where there is no SAE. It is said where it is not what the model can
  /// take.
  public int of(LanguageModel model) {
    return of(model, Origin.UNKNOWN);
  }

  /// The number of tokens. It is said where it is not what the model can take.
  ///
  /// @param origin of the SAE
  public int of(LanguageModel model, Origin origin) {
    if (context == null) {
      WindowLength length = WindowLength.of(model, origin.contextSize());
      length.note().ifPresent(note -> Console.of(spec).say(note + "; " + NAME + " changes it"));
      return length.tokens();
    }
    Refusal.unless(
        context <= model.contextLength(),
        spec,
        NAME,
        context,
        "%s can see %d".formatted(model.name(), model.contextLength()));
    return context;
  }
}
