// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Whether an SAE fits the model that its files name: what it explains of a few activations as its
/// files describe it, and what it would explain if they described it wrongly.
@NullMarked
package sae4j.evaluation.check;

import org.jspecify.annotations.NullMarked;
