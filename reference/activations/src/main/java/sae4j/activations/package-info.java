@NullMarked
package sae4j.activations;

import org.jspecify.annotations.NullMarked;
