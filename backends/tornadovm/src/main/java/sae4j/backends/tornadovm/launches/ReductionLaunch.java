// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.Sums;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Kernel;
import sae4j.backends.tornadovm.registry.Reduction;

/// Launches of [Sums]. Each row of the operands is reduced, in `parts` parts.
public sealed interface ReductionLaunch extends Launch {
  /// Where the parts of each row go, row after row.
  Memory<float[]> result();

  @Override
  default long count() {
    return result().size();
  }

  /// c = the reduction of each row of A, in parts.
  ///
  /// @param terms elements of a row
  record Rows(Reduction reduction, int parts, int terms, Dense a, Memory<float[]> result)
      implements ReductionLaunch {
    @Override
    public Kernel kernel() {
      return reduction.kernel();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size(), parts, terms).at(3, a).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), result);
    }
  }

  /// c = Σ A ⊙ B of each row, in parts.
  ///
  /// @param terms elements of a row
  record Dots(int parts, int terms, Dense a, Dense b, Memory<float[]> result)
      implements ReductionLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.DOTS;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size(), parts, terms).at(3, a).at(6, b).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), b.memory(), result);
    }
  }
}
