package sae4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.CapturedActivations;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ProgressLine;
import sae4j.evaluation.TokensInContext;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;

/// What a language model makes of text at one hook point, with progress shown.
///
/// @param activations a row for each token
/// @param text what each row stands for
record ModelReading(ActivationSet activations, TokensInContext text) {

  /// Lets a model read.
  ///
  /// @param tokens how many, at most
  static ModelReading of(
      Console console, LanguageModel model, HookPoint hook, DocumentSource source, long tokens)
      throws IOException {
    List<Document> documents = new ArrayList<>();
    List<CapturedActivations> batches = new ArrayList<>();
    ProgressLine progress =
        new ProgressLine(
            console, "%s reads %s".formatted(model.name(), source.description()), "tokens", tokens);
    new ActivationCapture(model, List.of(hook), ActivationCapture.Settings.forModel(model, tokens))
        .stream(
            source,
            documents::add,
            batch -> {
              batches.add(batch);
              progress.add(batch.tokens().size());
            });
    progress.end();
    CapturedActivations captured = CapturedActivations.concatenated(batches);
    FloatRows rows = captured.at(hook);
    return new ModelReading(
        ActivationSet.of(rows.values(), rows.width()),
        new TokensInContext(captured.tokens(), documents));
  }
}
