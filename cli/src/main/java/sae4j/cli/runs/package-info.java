// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// A training run, `sae train`: from its options, by way of progress, history and checkpoints, to
/// the SAEs in their folders.
@NullMarked
package sae4j.cli.runs;

import org.jspecify.annotations.NullMarked;
