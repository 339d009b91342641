/// Features that are never active: how they are noticed, and what is done about them.
@NullMarked
package sae4j.training.dead;

import org.jspecify.annotations.NullMarked;
