/// The program `sae`: a command a class, each a thin layer of options, words and files over the
/// library. What a command finds out goes to standard output, everything said on the way to
/// standard error.
@NullMarked
package sae4j.cli;

import org.jspecify.annotations.NullMarked;
