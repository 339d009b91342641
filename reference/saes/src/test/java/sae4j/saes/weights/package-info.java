// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Whether weights of another form compute the same.
@NullMarked
package sae4j.saes.weights;

import org.jspecify.annotations.NullMarked;
