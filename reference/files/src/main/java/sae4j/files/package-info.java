// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What every format of tensor files shares, and the entrance [sae4j.files.TensorFile#open].
///
/// - A reader trusts nothing. It checks every length, offset and shape against the size of the file
///   before it allocates memory, and it refuses a contradictory file with one line
///   ([sae4j.files.FormatException]).
/// - A writer never leaves half a file behind ([sae4j.files.AtomicWrite]).
/// - [sae4j.files.StoredTensor] describes a tensor that is read, [sae4j.files.TensorData] one that
///   is written.
///
/// The formats have packages of their own and are found by [sae4j.files.TensorFormat].
@NullMarked
package sae4j.files;

import org.jspecify.annotations.NullMarked;
