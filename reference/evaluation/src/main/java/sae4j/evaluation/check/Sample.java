// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.capture.WindowedText;
import sae4j.activations.text.DocumentSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;
import sae4j.models.chats.ChatFacts;

/// A little text as a model reads it, with and without document-start tokens, and its activations
/// at any hook points, in memory: 4·N·D bytes for each.
public final class Sample {
  /// Tokens that go through the model together: with many hook points at once, few.
  private static final int AT_ONCE = 512;

  private final LanguageModel model;
  private final Settings settings;
  private final DocumentSource text;
  private final Map<Boolean, List<TokenBatch>> batchesByStart = new HashMap<>();
  private final Map<Boolean, Map<HookPoint, FloatRows>> rowsByStart = new HashMap<>();

  /// @param model open; the caller closes it when the sample is no longer used
  /// @param text what it reads
  /// @param settings how, and how much
  public Sample(LanguageModel model, DocumentSource text, Settings settings) {
    this.model = model;
    this.text = text;
    this.settings = settings;
  }

  /// What reads.
  LanguageModel model() {
    return model;
  }

  /// Whether a text can be read with, or without, document-start tokens.
  boolean canStart(boolean starts) {
    return !starts || model.tokenizer().possibleStart().isPresent();
  }

  /// Reads the activations at several hook points in one pass, those that are not there yet.
  ///
  /// @param starts whether behind document-start tokens
  /// @throws IOException if the text cannot be read
  void prepare(Collection<HookPoint> hooks, boolean starts) throws IOException {
    Map<HookPoint, FloatRows> known = rowsByStart.computeIfAbsent(starts, _ -> new HashMap<>());
    List<HookPoint> missing = hooks.stream().distinct().filter(h -> !known.containsKey(h)).toList();
    if (missing.isEmpty()) {
      return;
    }
    Map<HookPoint, List<FloatRows>> parts = new HashMap<>();
    Tokenizer tokenizer = tokenizer(starts);
    for (TokenBatch batch : batches(starts)) {
      int[] kept = settings.kept().of(batch, tokenizer);
      model
          .capture(batch, missing)
          .forEach(
              (hook, rows) ->
                  parts.computeIfAbsent(hook, _ -> new ArrayList<>()).add(rows.select(kept)));
    }
    parts.forEach((hook, rows) -> known.put(hook, FloatRows.concatenated(rows)));
  }

  /// N, the number of tokens whose activations are looked at.
  ///
  /// @throws IOException if the text cannot be read
  int rows(boolean starts) throws IOException {
    Tokenizer tokenizer = tokenizer(starts);
    int rows = 0;
    for (TokenBatch batch : batches(starts)) {
      rows += settings.kept().of(batch, tokenizer).length;
    }
    return rows;
  }

  /// What an SAE at a place reads, or what it is to reconstruct.
  ///
  /// @param hook one of the place's
  /// @throws IOException if the text cannot be read
  ActivationSet at(Place place, HookPoint hook) throws IOException {
    prepare(List.of(hook), place.starts());
    FloatRows rows = known(hook, place.starts());
    Integer head = place.head();
    if (head != null) {
      int width = model.facts().headWidth();
      rows = rows.columns(head * width, width);
    }
    ActivationSet all = ActivationSet.of(rows.values(), rows.width());
    return place.centred() && hook.site().isOfStream() ? all.centred() : all;
  }

  /// Whether two hook points have the same activations, bit for bit: what leaves a block enters the
  /// next.
  boolean isSame(HookPoint one, HookPoint other, boolean starts) throws IOException {
    prepare(List.of(one, other), starts);
    return Arrays.equals(known(one, starts).values(), known(other, starts).values());
  }

  private FloatRows known(HookPoint hook, boolean starts) {
    return Objects.requireNonNull(Objects.requireNonNull(rowsByStart.get(starts)).get(hook));
  }

  private List<TokenBatch> batches(boolean starts) throws IOException {
    @Nullable List<TokenBatch> known = batchesByStart.get(starts);
    if (known != null) {
      return known;
    }
    List<TokenBatch> batches = new ArrayList<>();
    int together = Math.max(1, AT_ONCE / settings.windowLength());
    new WindowedText(text, tokenizer(starts), settings.windowLength())
        .forEachBatch(
            Math.min(together, settings.batch()),
            settings.maxTokens(),
            _ -> {},
            windows -> batches.add(TokenTable.batch(windows)));
    if (batches.isEmpty()) {
      throw new IllegalArgumentException(settings.tooLittle(text));
    }
    batchesByStart.put(starts, batches);
    return batches;
  }

  private Tokenizer tokenizer(boolean starts) {
    Tokenizer own = model.tokenizer();
    return own.documentStart().isPresent() == starts
        ? own
        : new Starting(own, starts ? own.possibleStart() : OptionalInt.empty());
  }

  /// A tokenizer with another start of documents, or none.
  private record Starting(Tokenizer own, OptionalInt documentStart) implements Tokenizer {
    @Override
    public TokenizedText encode(String text) {
      return own.encode(text);
    }

    @Override
    public String decode(int... ids) {
      return own.decode(ids);
    }

    @Override
    public int vocabularySize() {
      return own.vocabularySize();
    }

    @Override
    public String vocabularyEntry(int id) {
      return own.vocabularyEntry(id);
    }

    @Override
    public boolean isSpecial(int id) {
      return own.isSpecial(id);
    }

    @Override
    public ChatFacts chats() {
      return own.chats();
    }
  }
}
