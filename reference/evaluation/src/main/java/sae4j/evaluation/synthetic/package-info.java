/// SAEs held against a world whose features are known: which of them they found, and whether their
/// codes tell when these are present.
@NullMarked
package sae4j.evaluation.synthetic;

import org.jspecify.annotations.NullMarked;
