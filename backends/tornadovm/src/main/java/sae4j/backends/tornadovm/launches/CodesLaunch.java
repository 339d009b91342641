// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.Codes;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.matrices.Support;
import sae4j.backends.tornadovm.registry.Kernel;

/// Launches of [Codes]: row-sparse codes, read row by row or place by place.
public sealed interface CodesLaunch extends Launch {
  /// Thresholds by which every code of a row is kept.
  record EveryCode(RowThresholds thresholds) implements CodesLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.EVERY_CODE;
    }

    @Override
    public long count() {
      return thresholds.values().size();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(thresholds.values().size()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(thresholds.values(), thresholds.ties());
    }
  }

  /// The largest number of active elements among the rows of each part.
  ///
  /// @param active the number of active elements of each row
  /// @param largest one element for each part
  record Largest(Memory<int[]> active, Memory<int[]> largest) implements CodesLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.LARGEST;
    }

    @Override
    public long count() {
      return largest.size();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(active.size(), largest.size()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(active, largest);
    }
  }

  /// Reports the largest number of active elements in the status, and by how much the number
  /// exceeds the capacity.
  ///
  /// @param largest the largest number of each part
  /// @param index where in the status to report
  record Report(Memory<int[]> largest, int capacity, int index, Memory<float[]> status)
      implements CodesLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.REPORT;
    }

    @Override
    public long count() {
      return 1;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(1, largest.size(), capacity).at(9, index).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(largest, status);
    }
  }

  /// C = the codes with every element.
  ///
  /// @param zeros becomes C
  record Scatter(Sparse codes, Memory<float[]> zeros) implements CodesLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.SCATTER;
    }

    @Override
    public long count() {
      return codes.support().places();
    }

    @Override
    public int[] sizes() {
      Support support = codes.support();
      return Sizes.of(support.places(), support.features(), support.capacity()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(codes.values(), codes.support().columns(), codes.support().counts(), zeros);
    }
  }

  /// G where the codes are active.
  ///
  /// @param result one element for each place of the codes
  record Gather(Dense gradient, Sparse codes, Memory<float[]> result) implements CodesLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.GATHER;
    }

    @Override
    public long count() {
      return codes.support().places();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(codes.support().places())
          .at(2, codes.support().capacity())
          .at(3, gradient)
          .toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(
          gradient.memory(),
          codes.values(),
          codes.support().columns(),
          codes.support().counts(),
          result);
    }
  }

  /// The smallest active element of each part of the codes.
  ///
  /// @param result one element for each part
  record Smallest(Sparse codes, Memory<float[]> result) implements CodesLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.SMALLEST_OF_CODES;
    }

    @Override
    public long count() {
      return result.size();
    }

    @Override
    public int[] sizes() {
      Support support = codes.support();
      return Sizes.of(support.places(), result.size(), support.capacity()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(codes.values(), codes.support().counts(), result);
    }
  }

  /// Σ of each row of the codes.
  record RowSums(Sparse codes, Memory<float[]> result) implements CodesLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.ROW_SUMS_OF_CODES;
    }

    @Override
    public long count() {
      return codes.support().rows();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(codes.support().rows()).at(2, codes.support().capacity()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(codes.values(), codes.support().counts(), result);
    }
  }
}
