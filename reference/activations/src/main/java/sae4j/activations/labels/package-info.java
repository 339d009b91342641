// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What is known to be true of the tokens behind the activations: labels, and for each row the ones
/// that hold.
@NullMarked
package sae4j.activations.labels;

import org.jspecify.annotations.NullMarked;
