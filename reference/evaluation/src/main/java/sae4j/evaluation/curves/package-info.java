/// What a training run looked like while it went on.
@NullMarked
package sae4j.evaluation.curves;

import org.jspecify.annotations.NullMarked;
