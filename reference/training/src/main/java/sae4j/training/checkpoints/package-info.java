// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What is needed to continue a run, in one file.
@NullMarked
package sae4j.training.checkpoints;

import org.jspecify.annotations.NullMarked;
