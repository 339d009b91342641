// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// How a backend keeps the numbers of a matrix. The layout changes the cost of an operation, and
/// its result in one case only: an element that sparse codes do not store contributes nothing to a
/// product, even times NaN or infinity.
public enum Layout {
  /// Every element is stored.
  DENSE,
  /// Each row stores only its active elements, as (column, value) pairs in ascending column order:
  /// the layout of sparse codes. Elements that are not stored are zero.
  ROW_SPARSE
}
