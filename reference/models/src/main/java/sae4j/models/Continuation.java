package sae4j.models;

import java.util.Map;

/// What a forward pass ends in when it is taken up at a hook: the scores of the next token, and the
/// activations at later hooks. As the gradient of a loss, the same with each number's derivative.
///
/// @param logitsBTxV [B·T, V]
/// @param later [B·T, D] for each later hook that was asked for
public record Continuation(FloatRows logitsBTxV, Map<HookPoint, FloatRows> later) {
  /// Logits alone.
  public Continuation(FloatRows logitsBTxV) {
    this(logitsBTxV, Map.of());
  }
}
