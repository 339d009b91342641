// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.models.Tokenizer;

/// A text as a language model reads it: documents, split into tokens, packed into windows
/// ([TokenWindows]), handed out one by one or in batches ([WindowBatches]). Everything that reads
/// text through a model reads it here, so that the same text and settings give the same windows.
///
/// @param source the documents
/// @param tokenizer the model's
/// @param windowLength T, tokens in a window
public record WindowedText(DocumentSource source, Tokenizer tokenizer, int windowLength) {

  /// Takes windows that go through a model together.
  @FunctionalInterface
  public interface BatchReader {
    /// @param windows consecutive ones, all of one length
    void read(List<TokenTable> windows) throws IOException;
  }

  /// Reads the text from its start on, batch by batch.
  ///
  /// @param batch most windows in a batch
  /// @param maxTokens end after this many tokens; the last window is cut there
  /// @param seen told of each document as its first token enters a window, in order
  /// @throws IOException if the text cannot be read, or the reader fails
  public void forEachBatch(int batch, long maxTokens, Consumer<Document> seen, BatchReader reader)
      throws IOException {
    try (TextWindows windows = open(maxTokens, seen)) {
      WindowBatches batches = new WindowBatches(windows, batch);
      while (batches.hasNext()) {
        reader.read(batches.next());
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// The windows from the start of the text on. Reading them throws [UncheckedIOException] where
  /// the text cannot be read.
  ///
  /// @param maxTokens end after this many tokens; the last window is cut there
  /// @param seen as for [#forEachBatch]
  /// @throws IOException if the text cannot be opened
  TextWindows open(long maxTokens, Consumer<Document> seen) throws IOException {
    Stream<Document> documents = source.open(tokenizer);
    return new TextWindows(
        new TokenWindows(documents.iterator(), tokenizer, windowLength, seen),
        maxTokens,
        documents::close);
  }

  /// The windows of the text read over and over: they never end.
  ///
  /// @param documents of the same source, closed with the windows
  TextWindows over(EndlessDocuments documents) {
    TokenWindows windows = new TokenWindows(documents, tokenizer, windowLength, _ -> {});
    documents.endWithout(windows::tokens);
    return new TextWindows(windows, Long.MAX_VALUE, documents::close);
  }
}
