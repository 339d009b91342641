// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// A whole study of one SAE against labels that are known to be true: features beside baselines,
/// coverage, names, sparse probing and absorption.
@NullMarked
package sae4j.evaluation.study;

import org.jspecify.annotations.NullMarked;
