/// What is needed to continue a run, in one file.
@NullMarked
package sae4j.training.checkpoints;

import org.jspecify.annotations.NullMarked;
