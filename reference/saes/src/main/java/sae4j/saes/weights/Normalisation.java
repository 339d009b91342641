package sae4j.saes.weights;

/// What happens to each token's activations before the encoder, and is undone after the decoder.
/// None of these can be folded into weights, since each depends on the token.
public enum Normalisation {
  NONE,
  /// (x − mean)/(std + 1e-5), with the standard deviation of D − 1 degrees of freedom; afterwards
  /// x̂·std + mean.
  LAYER_NORM,
  /// x·√D/‖x‖; afterwards x̂·‖x‖/√D.
  CONSTANT_NORM
}
