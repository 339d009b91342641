// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Tests of sets of activations, their statistics, and the order in which batches are drawn from
/// them.
@NullMarked
package sae4j.activations;

import org.jspecify.annotations.NullMarked;
