@NullMarked
package sae4j.evaluation;

import org.jspecify.annotations.NullMarked;
