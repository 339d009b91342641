@NullMarked
package sae4j.training.checkpoints;

import org.jspecify.annotations.NullMarked;
