@NullMarked
package sae4j.training;

import org.jspecify.annotations.NullMarked;
