@NullMarked
package sae4j.activations.synthetic;

import org.jspecify.annotations.NullMarked;
