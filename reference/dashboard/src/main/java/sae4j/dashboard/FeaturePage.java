package sae4j.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// All there is to see of one feature.
///
/// @param feature its number
/// @param summary its activations in numbers
/// @param cosine of encoder and decoder vector; NaN for a transcoder
/// @param decoder its decoder vector
/// @param decoderNorm the length of that
/// @param decoderL1 the sum of its components' absolute values
/// @param neurons the largest components of the decoder vector
/// @param nearest the features with the most similar decoder vectors, by cosine
/// @param companions the features it is active with
/// @param logits what it says about the next token; null where no model was at hand
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

  /// Text and the feature's activation on each token of it.
  public record Sequence(Excerpt excerpt, float[] activations) {
    /// The activation on the token it is about.
    public float peak() {
      return activations[excerpt.peak()];
    }

    /// The token it is about.
    public String token() {
      return excerpt.tokens().get(excerpt.peak());
    }
  }

  /// Text on which the activation lies within a part of its range.
  ///
  /// @param from lower end
  /// @param to upper end
  /// @param share of the active tokens
  public record Interval(double from, double to, double share, List<Sequence> sequences) {}
}
