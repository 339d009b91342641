// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
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
public record StoredReading(StoredCodes codes, TokensInContext text) {
  private static final int BATCH = 4096;

  /// Lets a model read, and an SAE encode what the model makes of the text.
  ///
  /// @param model open; the caller closes it
  /// @param settings how to read
  /// @param scratch folder for the codes; their file is gone when they are closed
  /// @param progress told how many tokens were read since it was told last
  /// @throws IOException if the text cannot be read, or the folder not written
  /// @throws IllegalArgumentException if the text has no token
  public static StoredReading of(
      Sae sae,
      LanguageModel model,
      HookPoint hook,
      DocumentSource source,
      ActivationCapture.Settings settings,
      Path scratch,
      IntConsumer progress)
      throws IOException {
    List<Document> documents = new ArrayList<>();
    List<TokenTable> tables = new ArrayList<>();
    try (StoredCodes.Writer writer = new StoredCodes.Writer(sae.dictSize(), scratch)) {
      new ActivationCapture(model, List.of(hook), settings)
          .stream(
              source,
              documents::add,
              batch -> {
                FloatRows readBD = batch.at(hook);
                writer.add(sae.codes(readBD.rows(), readBD.width(), readBD.values()));
                tables.add(batch.tokens());
                progress.accept(batch.tokens().size());
              });
      if (tables.isEmpty()) {
        throw new IllegalArgumentException(settings.tooLittle(source));
      }
      return new StoredReading(
          writer.finish(), new TokensInContext(TokenTable.concatenated(tables), documents));
    }
  }

  /// Lets an SAE encode activations that are there, 4096 rows at a time.
  ///
  /// @param text what each of their rows stands for
  /// @param scratch folder for the codes; their file is gone when they are closed
  /// @param progress told how many rows were encoded since it was told last
  /// @throws IOException if the folder cannot be written
  public static StoredReading of(
      Sae sae, ActivationSet activations, TokensInContext text, Path scratch, IntConsumer progress)
      throws IOException {
    try (StoredCodes.Writer writer = new StoredCodes.Writer(sae.dictSize(), scratch)) {
      int width = activations.width();
      for (long first = 0; first < activations.rows(); first += BATCH) {
        int count = (int) Math.min(BATCH, activations.rows() - first);
        writer.add(sae.codes(count, width, activations.block(first, count)));
        progress.accept(count);
      }
      return new StoredReading(writer.finish(), text);
    }
  }
}
