/// The truth about Java text: which labels hold for each character of a source file, as Java's own
/// lexical grammar and the compiler's parser say, and from there which labels hold for each token
/// that a language model read.
@NullMarked
package sae4j.groundtruth;

import org.jspecify.annotations.NullMarked;
