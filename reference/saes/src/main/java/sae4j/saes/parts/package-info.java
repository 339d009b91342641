// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What several architectures are made of: affine maps, penalties, auxiliary losses, thresholds.
@NullMarked
package sae4j.saes.parts;

import org.jspecify.annotations.NullMarked;
