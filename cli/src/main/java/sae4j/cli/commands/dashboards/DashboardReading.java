// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.ActivationSet;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.MaxTokensOption;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.options.ModelTextOptions;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ErrorLine;
import sae4j.cli.terminal.Failure;
import sae4j.dashboard.StoredReading;
import sae4j.evaluation.ActivationDataset;
import sae4j.evaluation.TokensInContext;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;

/// What a dashboard is made from: a text that a language model reads, or activations that were
/// captured before. Either way it ends in codes on disk.
final class DashboardReading {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private ModelTextOptions text = new ModelTextOptions(new MaxTokensOption(200_000));
  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private MismatchOption mismatch = new MismatchOption();

  /// Where the codes are from.
  ///
  /// @param model open; null where there is none
  /// @param name of the model
  /// @param hook what the SAE reads
  /// @param written what it reconstructs
  /// @param text what the text is
  record Source(
      @Nullable LanguageModel model, String name, HookPoint hook, HookPoint written, String text) {
    /// The place where an SAE writes what it reads at `hook`: the hook point that it predicts,
    /// where that is another one.
    static HookPoint written(SaeFiles.Loaded sae, HookPoint hook) {
      String other = sae.origin().outputHookName();
      return other == null ? hook : SaeOption.hook(sae.path(), other);
    }
  }

  /// Does something with what was read, while the model is open.
  @FunctionalInterface
  interface Use<T> {
    T of(StoredReading reading, Source source) throws IOException;
  }

  /// Whether what does not belong to the SAE is meant.
  MismatchOption mismatch() {
    return mismatch;
  }

  /// Model and hook point as they were given, for a line that a user may run next.
  String asWords() {
    return text.asWords();
  }

  /// Refuses a text beside activations.
  ///
  /// @throws ParameterException if both were given
  void requireOneSource() {
    if (activations.given() && text.textGiven()) {
      throw new ParameterException(
          spec.commandLine(), "--activations is given beside --text; give one of them");
    }
  }

  /// Reads and encodes.
  ///
  /// @param scratch folder for the codes
  <T> T read(
      SaeFiles.Loaded loaded, Path scratch, Console console, Interruption interruption, Use<T> use)
      throws IOException {
    return activations.given()
        ? ofActivations(loaded, scratch, console, interruption, use)
        : ofText(loaded, scratch, console, interruption, use);
  }

  private <T> T ofText(
      SaeFiles.Loaded loaded, Path scratch, Console console, Interruption interruption, Use<T> use)
      throws IOException {
    DocumentSource source = text.source();
    HookPoint hook = text.hook(loaded.origin());
    try (LanguageModel model =
        mismatch.model(console, loaded, text.open(loaded.origin()), hook, null)) {
      Refusal.unless(
          model.width(hook) == loaded.sae().activationDim(),
          spec,
          "--model",
          model.name(),
          "its activations at %s are %d wide, the SAE takes %d; give the model it was trained on"
              .formatted(hook, model.width(hook), loaded.sae().activationDim()));
      StoppableProgress progress =
          new StoppableProgress(
              console,
              interruption,
              "%s reads %s".formatted(model.name(), source.description()),
              "tokens",
              text.maxTokens());
      StoredReading reading =
          StoredReading.of(
              loaded.sae(),
              model,
              hook,
              source,
              text.settings(model, loaded.origin()),
              scratch,
              progress);
      progress.end();
      return use.of(
          reading,
          new Source(
              model, model.name(), hook, Source.written(loaded, hook), source.description()));
    }
  }

  private <T> T ofActivations(
      SaeFiles.Loaded loaded, Path scratch, Console console, Interruption interruption, Use<T> use)
      throws IOException {
    try (ActivationDataset given = activations.openFinite(text.hook().given(), loaded.origin())) {
      TokensInContext behind = given.text();
      if (behind == null) {
        throw new Failure(
            ("%s: does not say which text its rows stand for; give a folder that sae capture"
                    + " wrote")
                .formatted(activations.file()));
      }
      activations.requireWidth(given, loaded.sae().activationDim(), "the SAE");
      Origin origin = loaded.origin().modelName() == null ? given.origin() : loaded.origin();
      HookPoint hook = text.hook(given.origin());
      StoppableProgress progress =
          new StoppableProgress(
              console, interruption, "encoding " + activations.file(), "tokens", given.rows());
      ActivationSet set = mismatch.activations(console, loaded.origin(), given, null);
      StoredReading reading = StoredReading.of(loaded.sae(), set, behind, scratch, progress);
      progress.end();
      String name = Objects.requireNonNullElse(given.origin().modelName(), "unknown");
      try (LanguageModel model = modelIfAny(origin, console)) {
        return use.of(
            reading,
            new Source(
                model, name, hook, Source.written(loaded, hook), activations.file().toString()));
      }
    }
  }

  /// The model, for what features say about the next token. Captured activations need it for
  /// nothing else, so where nobody asked for it, it may be missing.
  private @Nullable LanguageModel modelIfAny(Origin origin, Console console) throws IOException {
    if (text.modelGiven()) {
      return text.open(origin);
    }
    try {
      return origin.modelName() == null ? null : text.open(origin);
    } catch (IOException | IllegalArgumentException | IllegalStateException missing) {
      console.say(
          "without the model there is nothing about the next token (%s); give --model"
              .formatted(ErrorLine.of(missing)));
      return null;
    }
  }
}
