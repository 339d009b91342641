// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Row-sparse codes, their entries listed by feature, and their products with dense matrices. The
/// cost of a product grows with the number of stored entries, not with the size of the dictionary.
@NullMarked
package sae4j.backends.vector.codes;

import org.jspecify.annotations.NullMarked;
