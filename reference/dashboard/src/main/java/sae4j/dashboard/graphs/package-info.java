/// What a training run looked like while it went on.
@NullMarked
package sae4j.dashboard.graphs;

import org.jspecify.annotations.NullMarked;
