package sae4j.cli;

import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.TextOption;
import sae4j.cli.terminal.Console;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;

/// `--model`, `--text`, `--documents`, `--tokens`: activations that a language model makes of text,
/// here and now.
final class TextOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private ModelOption modelOption = new ModelOption();
  @Mixin private TextOption textOption = new TextOption();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "20000",
      description = "How much to read (default: ${DEFAULT-VALUE}).")
  private long tokens;

  /// Whether text is to be read.
  boolean given() {
    return modelOption.given() || textOption.given();
  }

  /// Lets the model read.
  ///
  /// @param origin what the SAE says about its activations; stands in for options that were not
  ///     given
  ModelReading read(Origin origin, HookOption hook, Console console) throws IOException {
    Parameters.require(spec, tokens >= 1, "--tokens", tokens, "it must be 1 or more");
    var source = textOption.source();
    try (LanguageModel opened = modelOption.open(origin)) {
      return ModelReading.of(console, opened, hook.orOf(origin), source, tokens);
    }
  }
}
