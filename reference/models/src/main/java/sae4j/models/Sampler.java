// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.SplittableRandom;

/// Draws tokens as a [Sampling] says.
public final class Sampler {
  private final Sampling sampling;
  private final int vocabulary;
  private final SplittableRandom random;

  /// Starts at the sampling's seed.
  public Sampler(Sampling sampling) {
    this(sampling, Integer.MAX_VALUE);
  }

  /// As above, of tokens that have a text.
  ///
  /// @param vocabulary ids from this one on are never drawn: a model may have more rows than its
  ///     tokenizer has tokens
  public Sampler(Sampling sampling, int vocabulary) {
    this.sampling = sampling;
    this.vocabulary = vocabulary;
    this.random = new SplittableRandom(sampling.seed());
  }

  /// The token that follows, by the scores in one row.
  ///
  /// @param logits [rows, V]
  /// @param row which row to read
  /// @throws IllegalStateException if a score is NaN or infinitely large
  public int next(FloatRows logits, int row) {
    int best = 0;
    for (int v = 0; v < Math.min(vocabulary, logits.width()); v++) {
      float score = logits.at(row, v);
      if (Float.isNaN(score) || score == Float.POSITIVE_INFINITY) {
        throw new IllegalStateException(
            ("the score of token %d is %s: the model's weights, or what is changed in it, are too"
                    + " large or no numbers; change less, or give another model")
                .formatted(v, score));
      }
      best = score > logits.at(row, best) ? v : best;
    }
    return sampling.temperature() == 0 ? best : draw(logits, row, logits.at(row, best));
  }

  private int draw(FloatRows logits, int row, float max) {
    double sum = 0;
    int width = Math.min(vocabulary, logits.width());
    for (int v = 0; v < width; v++) {
      sum += Math.exp((logits.at(row, v) - max) / sampling.temperature());
    }
    double left = random.nextDouble() * sum;
    for (int v = 0; v < width - 1; v++) {
      left -= Math.exp((logits.at(row, v) - max) / sampling.temperature());
      if (left < 0) {
        return v;
      }
    }
    return width - 1;
  }
}
