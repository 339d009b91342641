// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Every operation in double precision on EJML's dense matrices, written as plainly as possible.
/// This backend is the oracle that the others are compared with.
@NullMarked
package sae4j.backends.ejml;

import org.jspecify.annotations.NullMarked;
