// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Pictures of results: training curves, the trade-off graph, superposition.
@NullMarked
package sae4j.dashboard.graphs;

import org.jspecify.annotations.NullMarked;
