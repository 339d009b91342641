// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.Map;

/// The result of a forward pass that is resumed at a hook point: the scores of the next token, and
/// the activations at later hook points. The gradient of a loss with respect to them has the same
/// form.
///
/// @param logitsBTxV [B·T, V]
/// @param later [B·T, D] for each later hook that was asked for
public record Continuation(FloatRows logitsBTxV, Map<HookPoint, FloatRows> later) {
  /// Logits alone.
  public Continuation(FloatRows logitsBTxV) {
    this(logitsBTxV, Map.of());
  }
}
