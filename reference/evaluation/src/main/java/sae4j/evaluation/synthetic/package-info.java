// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// SAEs compared with a world whose features are known: which features they found, and how well
/// their codes tell when a feature is present.
@NullMarked
package sae4j.evaluation.synthetic;

import org.jspecify.annotations.NullMarked;
