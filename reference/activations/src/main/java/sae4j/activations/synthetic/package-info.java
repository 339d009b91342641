// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Activations made of features that are known: frequent and rare, correlated, in hierarchies, so
/// that what an SAE finds can be held against the truth.
@NullMarked
package sae4j.activations.synthetic;

import org.jspecify.annotations.NullMarked;
