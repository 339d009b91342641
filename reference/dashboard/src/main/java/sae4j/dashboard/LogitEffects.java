// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.List;
import java.util.stream.IntStream;
import sae4j.models.FloatRows;
import sae4j.models.LanguageModel;
import sae4j.models.Tokenizer;

/// The effect of a feature's decoder vector on the next token's logits by the direct path, see
/// [LanguageModel#unembed]. The mean over the vocabulary is subtracted, which changes no
/// probability.
///
/// @param positive tokens that it makes more likely, most first
/// @param negative tokens that it makes less likely, most first
/// @param histogram of the effects on all tokens
public record LogitEffects(
    List<TokenEffect> positive, List<TokenEffect> negative, Histogram histogram) {
  private static final int BINS = 50;

  /// A token of the vocabulary and the effect on its logit.
  public record TokenEffect(String token, double effect) {}

  /// The effects of a block of features.
  ///
  /// @param decoderCxD their decoder vectors
  static List<LogitEffects> of(LanguageModel model, FloatRows decoderCxD, int limit) {
    FloatRows logitsCxV = model.unembed(decoderCxD);
    // A model may have more rows than its tokenizer has tokens; the additional rows are never used.
    int vocabulary = Math.min(logitsCxV.width(), model.tokenizer().vocabularySize());
    return IntStream.range(0, decoderCxD.rows())
        .mapToObj(
            c -> {
              float[] effects = new float[vocabulary];
              System.arraycopy(logitsCxV.values(), c * logitsCxV.width(), effects, 0, vocabulary);
              return of(model, effects, limit);
            })
        .toList();
  }

  private static LogitEffects of(LanguageModel model, float[] effects, int limit) {
    double mean = 0;
    for (float effect : effects) {
      mean += effect;
    }
    mean /= effects.length;
    double[] rising = new double[effects.length];
    double[] falling = new double[effects.length];
    for (int v = 0; v < effects.length; v++) {
      effects[v] -= (float) mean;
      rising[v] = effects[v];
      falling[v] = -effects[v];
    }
    return new LogitEffects(
        named(model, Similar.largest(rising, 0, rising.length, limit, -1), 1),
        named(model, Similar.largest(falling, 0, falling.length, limit, -1), -1),
        Histogram.of(effects, BINS));
  }

  private static List<TokenEffect> named(LanguageModel model, List<Similar> found, int sign) {
    return found.stream()
        .map(each -> new TokenEffect(spelled(model.tokenizer(), each.index()), sign * each.value()))
        .toList();
  }

  /// The text of a token, its leading space included, or the vocabulary's own spelling if the token
  /// is not a whole character.
  private static String spelled(Tokenizer tokenizer, int id) {
    String text = tokenizer.decodeBehindText(id);
    return text.indexOf('\uFFFD') < 0 ? text : tokenizer.vocabularyEntry(id);
  }
}
