// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.function.UnaryOperator;

/// A change of the forward pass: the activations at `hook` are replaced by what `edit` makes of
/// them, and everything after the hook point is computed from the replacement.
///
/// The edit receives a matrix of its own, one row for every token of the batch (while generating
/// with a key-value cache: of the new tokens only), and may return it changed in place or return
/// another of the same shape.
///
/// @param hook where
/// @param edit what is done to the rows
public record Intervention(HookPoint hook, UnaryOperator<FloatRows> edit) {}
