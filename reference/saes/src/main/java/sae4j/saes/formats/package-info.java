// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Trained SAEs in the files of the field's tools: every format is one file that reads strictly
/// into [sae4j.saes.weights.SaeWeights] and writes from it, so any two of them convert.
@NullMarked
package sae4j.saes.formats;

import org.jspecify.annotations.NullMarked;
