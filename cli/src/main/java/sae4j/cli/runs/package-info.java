/// A training run, `sae train`: from its options, by way of progress, history and checkpoints, to
/// the SAEs in their folders.
@NullMarked
package sae4j.cli.runs;

import org.jspecify.annotations.NullMarked;
