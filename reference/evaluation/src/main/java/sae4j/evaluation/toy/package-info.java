// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Superposition and its undoing where the truth is known: an SAE is trained on a toy model's
/// activations, compared with the features the model really has, and drawn.
@NullMarked
package sae4j.evaluation.toy;

import org.jspecify.annotations.NullMarked;
