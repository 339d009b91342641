package sae4j.evaluation.detectors;

import java.util.List;

/// Numbers computed from each token's activation, one by each detector: the larger, the more the
/// detector says yes.
public interface Detectors {
  /// M, the number of detectors.
  int count();

  /// All detectors in groups, each small enough to hold the columns of in memory.
  List<int[]> groups();

  /// The columns of some detectors, over all rows of the activations.
  ///
  /// @param which a group, or a choice of detectors that is no larger than one
  Columns read(int[] which);

  /// Some detectors' numbers.
  interface Columns {
    /// Copies a column. Rows that are left out say no at any threshold. Safe for several threads at
    /// once.
    ///
    /// @param index of the detector in what was asked for
    /// @param rows receives row numbers, ascending; as long as there are rows
    /// @param values receives the numbers in these rows
    /// @return how many there are
    int copy(int index, int[] rows, float[] values);
  }
}
