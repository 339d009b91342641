// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Files that are read as a whole, into memory.
@NullMarked
package sae4j.files.whole;

import org.jspecify.annotations.NullMarked;
