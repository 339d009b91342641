/// The program `sae`: a command a class, each a thin layer of options, words and files over the
/// library. Two commands do so much that they have rooms of their own: `sae train` in
/// [sae4j.cli.runs], `sae sweep` in [sae4j.cli.sweeps].
@NullMarked
package sae4j.cli;

import org.jspecify.annotations.NullMarked;
