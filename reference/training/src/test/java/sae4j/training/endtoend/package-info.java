@NullMarked
package sae4j.training.endtoend;

import org.jspecify.annotations.NullMarked;
