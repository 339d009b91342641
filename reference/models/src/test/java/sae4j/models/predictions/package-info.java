@NullMarked
package sae4j.models.predictions;

import org.jspecify.annotations.NullMarked;
