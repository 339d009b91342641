@NullMarked
package sae4j.backends.vector;

import org.jspecify.annotations.NullMarked;
