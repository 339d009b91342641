// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Views of float arrays as matrices, and the kernels that pass over them once at memory bandwidth:
/// element by element, row by row, and sums.
@NullMarked
package sae4j.backends.vector.dense;

import org.jspecify.annotations.NullMarked;
