/// How an SAE learns: a Learner moves its weights, and a Trainer brings the batches to one Learner
/// or several.
@NullMarked
package sae4j.training;

import org.jspecify.annotations.NullMarked;
