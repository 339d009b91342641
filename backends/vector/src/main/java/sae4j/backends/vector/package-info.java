/// Float32 kernels on the Java Vector API and all cores, with sparse codes as a layout of their
/// own.
///
/// The one idea: the encoder product runs at the processor's multiply-add peak and everything else
/// of a training step at memory bandwidth. So matrices are packed into panels and multiplied in a
/// block of registers, the B×F pre-activations are consumed tile by tile while they are in cache,
/// and what remains of them is a few entries per row. Every output element is reduced in one fixed
/// order by one thread, so a result has the same bits for any number of threads.
@NullMarked
package sae4j.backends.vector;

import org.jspecify.annotations.NullMarked;
