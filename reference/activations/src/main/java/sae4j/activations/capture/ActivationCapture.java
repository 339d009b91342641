// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;

/// Reads text through a model and hands out the activations at its hooks, several hooks from one
/// forward pass.
public final class ActivationCapture {
  private final LanguageModel model;
  private final List<HookPoint> hooks;
  private final Settings settings;

  /// How to read.
  ///
  /// @param windowLength T, tokens the model sees at once
  /// @param batch B, windows that go through the model together
  /// @param maxTokens stop before this many tokens were read (kept or not)
  /// @param kept which rows to hand out. Models park attention on the first token of each window
  ///     and on document-start tokens, so that the norms of these are outliers and say little of
  ///     the text.
  public record Settings(int windowLength, int batch, long maxTokens, KeptRows kept) {
    /// @throws IllegalArgumentException if a number is below 1
    public Settings {
      if (windowLength < 1 || batch < 1 || maxTokens < 1) {
        throw new IllegalArgumentException(
            "capture: window length "
                + windowLength
                + ", batch "
                + batch
                + ", at most "
                + maxTokens
                + " tokens; each must be at least 1");
      }
    }

    /// Windows of the usual length ([WindowLength]), as many at a time as the model reads at once,
    /// without the outlier rows.
    public static Settings forModel(LanguageModel model, long maxTokens) {
      return forWindows(model, WindowLength.of(model, null).tokens(), maxTokens);
    }

    /// Windows of a length, as many at a time as the model reads at once, without the outlier rows.
    public static Settings forWindows(LanguageModel model, int windowLength, long maxTokens) {
      return new Settings(
          windowLength, batchOf(model, windowLength), maxTokens, KeptRows.BEHIND_STARTS);
    }

    /// One line for a user whose text gives no row under these settings.
    public String tooLittle(DocumentSource text) {
      return "%s: holds no token behind the start of a document%s"
          .formatted(
              text.description(),
              maxTokens == Long.MAX_VALUE
                  ? "; give more text"
                  : ", as far as it is read, up to %,d tokens; give more text, or let more be read"
                      .formatted(maxTokens));
    }

    /// How many windows of a length go through the model together where nobody chose: as many as it
    /// reads at once, at least one.
    public static int batchOf(LanguageModel model, int windowLength) {
      return Math.max(1, model.tokensAtOnce() / windowLength);
    }
  }

  /// Takes activations as they are computed.
  @FunctionalInterface
  public interface Sink {
    /// @param batch the next rows, in the order of the text; the sink may keep or change them
    void accept(CapturedActivations batch) throws IOException;
  }

  /// @param model what reads; the caller keeps and closes it
  /// @param hooks where to look, one or more
  /// @param settings how to read
  /// @throws IllegalArgumentException if there are no hooks or one that the model lacks, or if the
  ///     windows are longer than the model's context
  public ActivationCapture(LanguageModel model, List<HookPoint> hooks, Settings settings) {
    if (hooks.isEmpty()) {
      throw new IllegalArgumentException(
          "capture: no hook points; "
              + model.name()
              + " has "
              + HookPoint.list(model.hookPoints()));
    }
    for (HookPoint hook : hooks) {
      if (!model.hookPoints().contains(hook)) {
        throw new IllegalArgumentException(
            "hook point %s: %s has %s"
                .formatted(hook, model.name(), HookPoint.list(model.hookPoints())));
      }
    }
    if (settings.windowLength() > model.contextLength()) {
      throw new IllegalArgumentException(
          "capture: windows of "
              + settings.windowLength()
              + " tokens; the context of "
              + model.name()
              + " is "
              + model.contextLength());
    }
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.settings = settings;
  }

  /// Reads `source` and hands each batch to `sink`. Memory is bounded by one batch and one
  /// document, or one piece of a long one.
  ///
  /// @param seen told of each document, or piece of one, as its first token is read; the order
  ///     gives the index in [TokenTable#documents]
  /// @return tokens read, kept or not
  /// @throws IOException if the source or the sink fails
  public long stream(DocumentSource source, Consumer<Document> seen, Sink sink) throws IOException {
    long[] read = new long[1];
    new WindowedText(source, model.tokenizer(), settings.windowLength())
        .forEachBatch(
            settings.batch(),
            settings.maxTokens(),
            seen,
            windows -> {
              read[0] += windows.stream().mapToLong(TokenTable::size).sum();
              CapturedActivations batch = capture(windows);
              if (batch.tokens().size() > 0) {
                sink.accept(batch);
              }
            });
    return read[0];
  }

  /// Reads `source` into memory, N·D·4 bytes for each hook.
  ///
  /// @param seen as for [#stream]
  /// @throws IOException if the source fails
  public CapturedActivations collect(DocumentSource source, Consumer<Document> seen)
      throws IOException {
    List<CapturedActivations> batches = new ArrayList<>();
    stream(source, seen, batches::add);
    return CapturedActivations.concatenated(batches);
  }

  /// The activations of some windows, one forward pass for all of them.
  ///
  /// @param windows of one length; at least one
  /// @return their rows in order, those left out that the settings leave out
  CapturedActivations capture(List<TokenTable> windows) {
    TokenTable tokens = TokenTable.concatenated(windows);
    TokenBatch tokensBT = TokenTable.batch(windows);
    Map<HookPoint, FloatRows> captured = model.capture(tokensBT, hooks);
    int[] kept = kept(tokensBT);
    Map<HookPoint, FloatRows> rowsByHook = new LinkedHashMap<>();
    captured.forEach(
        (hook, rows) ->
            rowsByHook.put(hook, kept.length == rows.rows() ? rows : rows.select(kept)));
    return new CapturedActivations(tokens.select(kept), rowsByHook);
  }

  /// The rows that the settings do not leave out.
  int[] kept(TokenBatch tokensBT) {
    return settings.kept().of(tokensBT, model.tokenizer());
  }
}
