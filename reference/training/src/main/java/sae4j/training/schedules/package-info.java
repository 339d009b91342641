// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// How numbers change over a run: the learning rate, and the weight of the sparsity penalty.
@NullMarked
package sae4j.training.schedules;

import org.jspecify.annotations.NullMarked;
