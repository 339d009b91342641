/// Pictures of results: training curves, the trade-off graph, superposition.
@NullMarked
package sae4j.dashboard.graphs;

import org.jspecify.annotations.NullMarked;
