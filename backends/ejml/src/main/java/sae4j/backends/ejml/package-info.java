@NullMarked
package sae4j.backends.ejml;

import org.jspecify.annotations.NullMarked;
