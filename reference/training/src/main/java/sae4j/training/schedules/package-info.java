/// How numbers change over a run: the learning rate, and the weight of the sparsity penalty.
@NullMarked
package sae4j.training.schedules;

import org.jspecify.annotations.NullMarked;
