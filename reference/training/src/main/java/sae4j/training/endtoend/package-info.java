/// SAEs that learn from what their reconstruction does to the language model's output.
@NullMarked
package sae4j.training.endtoend;

import org.jspecify.annotations.NullMarked;
