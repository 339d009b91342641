// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// A model read as if the weights that write into its residual stream were centred.
@NullMarked
package sae4j.models.centred;

import org.jspecify.annotations.NullMarked;
