@NullMarked
package sae4j.saes;

import org.jspecify.annotations.NullMarked;
