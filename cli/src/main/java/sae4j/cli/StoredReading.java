package sae4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.terminal.Failure;
import sae4j.dashboard.StoredCodes;
import sae4j.evaluation.TokensInContext;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;

/// The codes of a text, kept on disk while it is read: no more than a batch of activations is ever
/// in memory.
///
/// @param codes a row for each token
/// @param text what each row stands for
record StoredReading(StoredCodes codes, TokensInContext text) {
  private static final int BATCH = 4096;

  /// Lets a model read.
  ///
  /// @param tokens how many, at most
  /// @param scratch where the codes are kept
  static StoredReading of(
      Sae sae,
      LanguageModel model,
      HookPoint hook,
      DocumentSource source,
      long tokens,
      Path scratch,
      Progress progress)
      throws IOException {
    List<Document> documents = new ArrayList<>();
    List<TokenTable> tables = new ArrayList<>();
    try (StoredCodes.Writer writer = new StoredCodes.Writer(sae.dictSize(), scratch)) {
      new ActivationCapture(
              model, List.of(hook), ActivationCapture.Settings.forModel(model, tokens))
          .stream(
              source,
              documents::add,
              batch -> {
                FloatRows readBD = batch.at(hook);
                writer.add(sae.codes(readBD.rows(), readBD.width(), readBD.values()));
                tables.add(batch.tokens());
                progress.read(batch.tokens().size());
              });
      if (tables.isEmpty()) {
        throw new Failure("%s: holds no token; give some text".formatted(source.description()));
      }
      return new StoredReading(
          writer.finish(), new TokensInContext(TokenTable.concatenated(tables), documents));
    }
  }

  /// Takes activations that are there.
  ///
  /// @param text what each of their rows stands for
  static StoredReading of(
      Sae sae, ActivationSet activations, TokensInContext text, Path scratch, Progress progress)
      throws IOException {
    try (StoredCodes.Writer writer = new StoredCodes.Writer(sae.dictSize(), scratch)) {
      int width = activations.width();
      for (long first = 0; first < activations.rows(); first += BATCH) {
        int count = (int) Math.min(BATCH, activations.rows() - first);
        writer.add(sae.codes(count, width, activations.block(first, count)));
        progress.read(count);
      }
      return new StoredReading(writer.finish(), text);
    }
  }

  /// Told of tokens as they are read.
  @FunctionalInterface
  interface Progress {
    /// @param tokens how many more
    void read(int tokens);
  }
}
