@NullMarked
package sae4j.activations.text;

import org.jspecify.annotations.NullMarked;
