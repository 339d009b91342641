/// Options that several commands share, each an object that knows what its value means: which SAE,
/// which model and hook, which text or activations, which backend.
@NullMarked
package sae4j.cli.options;

import org.jspecify.annotations.NullMarked;
