// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that the dashboard shows of one feature.
///
/// @param feature its number
/// @param summary statistics of its activations
/// @param cosine of encoder and decoder vector; NaN for a transcoder
/// @param decoder its decoder vector
/// @param decoderNorm the norm of the decoder vector
/// @param decoderL1 the sum of its components' absolute values
/// @param neurons the largest components of the decoder vector
/// @param nearest the features with the most similar decoder vectors, by cosine
/// @param companions the features it is active with
/// @param logits its effects on the next token; null without a model
/// @param top the text around its strongest tokens, strongest first; no two of the same words
/// @param intervals text from every strength, the highest first
public record FeaturePage(
    int feature,
    ActivationSummary summary,
    double cosine,
    float[] decoder,
    double decoderNorm,
    double decoderL1,
    List<Similar> neurons,
    List<Similar> nearest,
    List<Companion> companions,
    @Nullable LogitEffects logits,
    List<Sequence> top,
    List<Interval> intervals) {

  /// Text, and the feature's activation on each of its tokens.
  public record Sequence(Excerpt excerpt, float[] activations) {
    /// The activation on the peak token.
    public float peak() {
      return activations[excerpt.peak()];
    }

    /// The peak token.
    public String token() {
      return excerpt.tokens().get(excerpt.peak());
    }
  }

  /// Text on which the activation is within a part of its range.
  ///
  /// @param from lower end
  /// @param to upper end
  /// @param share of the active tokens
  public record Interval(double from, double to, double share, List<Sequence> sequences) {}
}
