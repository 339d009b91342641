// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The encoder: a product whose B×F pre-activations are consumed tile by tile while they are in
/// cache. A sink is an activation function; it leaves a few entries per row, which become codes.
@NullMarked
package sae4j.backends.vector.encoder;

import org.jspecify.annotations.NullMarked;
