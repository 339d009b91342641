// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.List;

/// Detectors compute a score each from a token's activation. The larger the score, the more the
/// detector says yes.
public interface Detectors {
  /// M, the number of detectors.
  int count();

  /// All detectors in groups. The columns of one group fit into memory.
  List<int[]> groups();

  /// The columns of some detectors, over all rows of the activations.
  ///
  /// @param which a group, or a selection of detectors that is no larger than a group
  Columns read(int[] which);

  /// The scores of some detectors.
  interface Columns {
    /// Copies a column. Rows that are left out say no at any threshold. Safe for several threads at
    /// once.
    ///
    /// @param index of the detector in the requested selection
    /// @param rows receives row numbers, ascending; as long as there are rows
    /// @param values receives the scores in these rows
    /// @return the number of these rows
    int copy(int index, int[] rows, float[] values);
  }
}
