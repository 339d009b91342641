@NullMarked
package sae4j.training.toy;

import org.jspecify.annotations.NullMarked;
