// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The dense matrix product. Strips of both operands are packed into panels, and the innermost loop
/// multiplies them in a block of registers at the processor's peak of multiply-adds.
@NullMarked
package sae4j.backends.vector.gemm;

import org.jspecify.annotations.NullMarked;
