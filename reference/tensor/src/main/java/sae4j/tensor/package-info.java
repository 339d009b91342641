@NullMarked
package sae4j.tensor;

import org.jspecify.annotations.NullMarked;
