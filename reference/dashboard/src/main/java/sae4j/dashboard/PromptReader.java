// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import sae4j.activations.capture.WindowLength;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;
import sae4j.models.TokenizedText;
import sae4j.models.WellFormedText;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// Finds the features that are active on each token of any text: a language model reads the text,
/// and the SAE encodes the model's activations. Not safe for use by several threads at once.
///
/// @param sae the SAE whose features are reported
/// @param model the language model that the SAE was trained on
/// @param hook the hook point in the model
/// @param context tokens that are read, at most
public record PromptReader(Sae sae, LanguageModel model, HookPoint hook, int context) {
  /// @throws IllegalArgumentException if the model has no such hook, or not of the SAE's width
  public PromptReader {
    if (!model.hookPoints().contains(hook)) {
      throw new IllegalArgumentException(
          "the SAE takes activations at %s; %s has %s"
              .formatted(hook, model.name(), HookPoint.list(model.hookPoints())));
    }
    if (model.width(hook) != sae.activationDim()) {
      throw new IllegalArgumentException(
          "the SAE takes activations %d wide at %s; those of %s have %d"
              .formatted(sae.activationDim(), hook, model.name(), model.width(hook)));
    }
  }

  /// Reads contexts of the usual length, see [WindowLength].
  public PromptReader(Sae sae, LanguageModel model, HookPoint hook) {
    this(sae, model, hook, WindowLength.of(model, null).tokens());
  }

  /// Reads a text as the beginning of a document. Text beyond the context is left out, and its
  /// tokens are counted. The document-start token that precedes the text, where the tokenizer has
  /// one, is left out because it is an attention sink.
  ///
  /// @throws IllegalArgumentException if the text has no token
  public PromptReading read(String typed) {
    String text = WellFormedText.of(typed);
    TokenizedText tokens = model.tokenizer().encodeDocument(text);
    OptionalInt startId = model.tokenizer().documentStart();
    int start =
        tokens.size() > 0 && startId.isPresent() && tokens.ids()[0] == startId.getAsInt() ? 1 : 0;
    int end = Math.min(tokens.size(), context);
    if (end <= start) {
      throw new IllegalArgumentException("the prompt holds no token; give some text");
    }
    int[] ids = Arrays.copyOf(tokens.ids(), end);
    FloatRows captured =
        Objects.requireNonNull(model.capture(TokenBatch.of(ids), List.of(hook)).get(hook));
    float[] rowsBD =
        Arrays.copyOfRange(captured.values(), start * captured.width(), captured.values().length);
    SparseRows codes = sae.codes(end - start, captured.width(), rowsBD);
    List<String> texts = new ArrayList<>();
    for (int t = start; t < end; t++) {
      texts.add(text.substring(tokens.starts()[t], tokens.ends()[t]));
    }
    return PromptReading.of("", texts, codes, tokens.size() - end);
  }
}
