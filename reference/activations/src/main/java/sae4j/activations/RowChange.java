// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

/// Changes a row of activations in place.
@FunctionalInterface
interface RowChange {
  /// @param rows holds the row from index `from` up to, but not including, `to`
  void apply(float[] rows, int from, int to);
}
