// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.groups.CodesAboveThreshold;
import sae4j.backends.tornadovm.kernels.groups.TopKThreshold;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.matrices.Support;
import sae4j.backends.tornadovm.registry.Kernel;

/// Launches of [TopKThreshold] and [CodesAboveThreshold], a group a row.
public sealed interface TopKLaunch extends Launch {
  /// What the search for the K-th largest element of each row works on.
  ///
  /// @param between two bounds for each row
  /// @param wanted which of the elements between is the K-th, for each row
  /// @param thresholds the result
  record Search(
      Dense a,
      int rows,
      int columns,
      int k,
      Memory<float[]> between,
      Memory<int[]> wanted,
      RowThresholds thresholds) {
    private int[] sizes() {
      return Sizes.of(rows, columns, k).at(3, a).toArray();
    }

    private List<Memory<?>> memories() {
      return List.of(a.memory(), between, wanted, thresholds.values(), thresholds.ties());
    }
  }

  /// Narrows down between which two bounds the K-th largest element of each row lies.
  record Narrow(Search search) implements TopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.NARROW;
    }

    @Override
    public long count() {
      return search.rows;
    }

    @Override
    public int group() {
      return TopKThreshold.THREADS;
    }

    @Override
    public int[] sizes() {
      return search.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return search.memories();
    }
  }

  /// Picks the K-th largest element from the few between the bounds.
  record Pick(Search search) implements TopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.PICK;
    }

    @Override
    public long count() {
      return search.rows;
    }

    @Override
    public int group() {
      return TopKThreshold.THREADS;
    }

    @Override
    public int[] sizes() {
      return search.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return search.memories();
    }
  }

  /// The codes of each row, as far as the capacity goes.
  ///
  /// @param codes becomes the codes
  /// @param active becomes the number of codes of each row, whether or not they found a place
  record Keep(Dense a, RowThresholds thresholds, Sparse codes, Memory<int[]> active)
      implements TopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.KEEP;
    }

    @Override
    public long count() {
      return codes.support().rows();
    }

    @Override
    public int group() {
      return CodesAboveThreshold.THREADS;
    }

    @Override
    public int[] sizes() {
      Support support = codes.support();
      return Sizes.of(support.rows(), support.features(), support.capacity()).at(3, a).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(
          a.memory(),
          thresholds.values(),
          thresholds.ties(),
          codes.values(),
          codes.support().columns(),
          codes.support().counts(),
          active);
    }
  }
}
