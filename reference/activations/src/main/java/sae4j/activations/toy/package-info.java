// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Activations whose true features are known: a toy model that has to store more features than it
/// has dimensions.
@NullMarked
package sae4j.activations.toy;

import org.jspecify.annotations.NullMarked;
