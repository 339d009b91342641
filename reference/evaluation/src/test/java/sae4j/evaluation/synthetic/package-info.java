@NullMarked
package sae4j.evaluation.synthetic;

import org.jspecify.annotations.NullMarked;
