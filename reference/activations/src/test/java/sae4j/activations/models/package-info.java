@NullMarked
package sae4j.activations.models;

import org.jspecify.annotations.NullMarked;
