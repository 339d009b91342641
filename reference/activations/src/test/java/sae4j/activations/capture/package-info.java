@NullMarked
package sae4j.activations.capture;

import org.jspecify.annotations.NullMarked;
