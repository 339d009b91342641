// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// How an SAE learns: a Learner moves its weights, and a Trainer brings the batches to one Learner
/// or several.
@NullMarked
package sae4j.training;

import org.jspecify.annotations.NullMarked;
