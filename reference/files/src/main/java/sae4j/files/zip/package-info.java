// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Zip files as containers of tensors: where the bytes of each entry lie in the file, so that they
/// can be memory-mapped, and writing with the bytes that NumPy writes.
@NullMarked
package sae4j.files.zip;

import org.jspecify.annotations.NullMarked;
