// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.pickle;

import java.util.List;

/// A tensor as a pickle describes it: a view of a storage. It has not been checked against that
/// storage.
///
/// @param storage the array it views
/// @param offset where in the array its first element is, in elements
/// @param sizes the sizes of its axes
/// @param strides the distance in elements between neighbours along each axis
public record TensorReference(
    StorageReference storage, long offset, List<Long> sizes, List<Long> strides) {}
