/// Training: an SAE architecture a file, the [sae4j.training.Trainer] that runs any of them on any
/// backend, its schedules, and its checkpoints.
@NullMarked
package sae4j.training;

import org.jspecify.annotations.NullMarked;
