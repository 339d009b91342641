// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

/// Where the bytes of a tensor lie in its file, little-endian and row-major, for a reader that maps
/// the file itself.
///
/// @param offset from the beginning of the file
/// @param length in bytes
public record TensorPlace(long offset, long length) {}
