// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;
import sae4j.models.TokenizedText;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// Finds the features that are active on each token of any text: a language model reads the text,
/// and the SAE encodes the model's activations. Not safe for use by several threads at once.
///
/// @param sae the SAE whose features are reported
/// @param model the language model that the SAE was trained on
/// @param hook the hook point in the model
public record PromptReader(Sae sae, LanguageModel model, HookPoint hook) {
  /// @throws IllegalArgumentException if the model has no such hook, or not of the SAE's width
  public PromptReader {
    if (!model.hookPoints().contains(hook) || model.modelWidth() != sae.activationDim()) {
      throw new IllegalArgumentException(
          "the SAE takes activations %d wide at %s; %s is %d wide and has %s"
              .formatted(
                  sae.activationDim(), hook, model.name(), model.modelWidth(), model.hookPoints()));
    }
  }

  /// Reads a text as the beginning of a document. Text beyond the model's context is left out. The
  /// document-start token that precedes the text, where the tokenizer has one, is left out because
  /// it is an attention sink.
  ///
  /// @throws IllegalArgumentException if the text has no token
  public PromptReading read(String text) {
    TokenizedText tokens = model.tokenizer().encode(text);
    int[] start = model.tokenizer().documentStart().stream().toArray();
    int count = Math.min(tokens.size(), model.contextLength() - start.length);
    if (count < 1) {
      throw new IllegalArgumentException("the prompt holds no token; give some text");
    }
    int[] ids =
        IntStream.concat(Arrays.stream(start), Arrays.stream(tokens.ids(), 0, count)).toArray();
    FloatRows captured =
        Objects.requireNonNull(model.capture(TokenBatch.of(ids), List.of(hook)).get(hook));
    float[] rowsBD =
        Arrays.copyOfRange(
            captured.values(), start.length * captured.width(), captured.values().length);
    SparseRows codes = sae.codes(count, captured.width(), rowsBD);
    List<String> texts = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      texts.add(text.substring(tokens.starts()[t], tokens.ends()[t]));
    }
    return PromptReading.of("", texts, codes);
  }
}
