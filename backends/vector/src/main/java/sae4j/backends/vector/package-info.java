// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The backend on the CPU: float32 with the Java Vector API on all cores, with a separate layout
/// for sparse codes.
///
/// This package chooses the kernel for an operation by the forms of its operands, and keeps the
/// memory of a step. The kernels stand in rooms below it, each of which uses only those before it:
///
/// - `parallel`: threads and vector lanes
/// - `dense`: matrices, element by element, and sums
/// - `gemm`: the dense matrix product
/// - `codes`: row-sparse codes and their products
/// - `encoder`: the encoder product, streamed into codes
///
/// The encoder product runs at the processor's peak of multiply-adds, and everything else in a
/// training step runs at memory bandwidth. Matrices are packed into panels and multiplied in a
/// block of registers. The B×F pre-activations are consumed tile by tile while they are in cache,
/// and leave a few entries per row. Every output element is reduced in one fixed order by one
/// thread, so a result has the same bits for any number of threads.
@NullMarked
package sae4j.backends.vector;

import org.jspecify.annotations.NullMarked;
