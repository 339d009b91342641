// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Tests of the metrics and of what is shown of a feature, on SAEs small enough to be worked out by
/// hand.
@NullMarked
package sae4j.evaluation;

import org.jspecify.annotations.NullMarked;
