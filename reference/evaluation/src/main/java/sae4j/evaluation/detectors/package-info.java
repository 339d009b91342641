// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Features as detectors of labels whose truth is known. Every feature is scored on every label, on
/// other files than those that its threshold was chosen on. Baselines without a sparse dictionary,
/// and probes on the whole activation, are scored in the same way.
@NullMarked
package sae4j.evaluation.detectors;

import org.jspecify.annotations.NullMarked;
