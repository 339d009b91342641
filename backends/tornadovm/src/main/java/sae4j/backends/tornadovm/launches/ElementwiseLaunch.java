// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.Elementwise;
import sae4j.backends.tornadovm.kernels.Thresholds;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.BinaryOperation;
import sae4j.backends.tornadovm.registry.Kernel;
import sae4j.backends.tornadovm.registry.ScalarOperation;
import sae4j.backends.tornadovm.registry.UnaryOperation;

/// Launches of [Elementwise] and [Thresholds]. The result lies without gaps, in runs of `run`
/// elements. A row of an operand here is what belongs to one run, so for a result that lies by
/// columns the operands are transposed.
public sealed interface ElementwiseLaunch extends Launch {
  /// Where the result goes.
  Memory<float[]> result();

  @Override
  default long count() {
    return result().size();
  }

  /// C = operation(A).
  record Unary(UnaryOperation operation, int run, Dense a, Memory<float[]> result)
      implements ElementwiseLaunch {
    @Override
    public Kernel kernel() {
      return operation.kernel();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size(), run).at(2, a).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), result);
    }
  }

  /// C = operation(A, scalar).
  record WithScalar(
      ScalarOperation operation, double scalar, int run, Dense a, Memory<float[]> result)
      implements ElementwiseLaunch {
    @Override
    public Kernel kernel() {
      return operation.kernel();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size(), run).at(2, a).toArray();
    }

    @Override
    public double[] scalars() {
      return new double[] {scalar};
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), result);
    }
  }

  /// C = operation(A, B).
  record Binary(BinaryOperation operation, int run, Dense a, Dense b, Memory<float[]> result)
      implements ElementwiseLaunch {
    @Override
    public Kernel kernel() {
      return operation.kernel();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size(), run).at(2, a).at(5, b).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), b.memory(), result);
    }
  }

  /// C = 1 where |A − θ| is less than the distance, else 0.
  record Window(double distance, int run, Dense a, Dense threshold, Memory<float[]> result)
      implements ElementwiseLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.WINDOW;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size(), run).at(2, a).at(5, threshold).toArray();
    }

    @Override
    public double[] scalars() {
      return new double[] {distance};
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), threshold.memory(), result);
    }
  }

  /// C = A with its first element at (firstRow, firstColumn) of a matrix of zeros that has
  /// `columns` columns.
  ///
  /// @param rowsOfA rows of A
  /// @param columnsOfA columns of A
  record AmongZeros(
      Dense a,
      int rowsOfA,
      int columnsOfA,
      int firstRow,
      int firstColumn,
      int columns,
      Memory<float[]> result)
      implements ElementwiseLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.AMONG_ZEROS;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size(), Math.max(columns, 1))
          .at(2, a)
          .at(5, firstRow, firstColumn)
          .at(7, rowsOfA, columnsOfA)
          .toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), result);
    }
  }

  /// C = 0.
  record Clear(Memory<float[]> result) implements ElementwiseLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.CLEAR;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(result.size()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(result);
    }
  }

  /// c[index] = the scalar.
  record Collect(Dense scalar, int index, Memory<float[]> result) implements ElementwiseLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.COLLECT;
    }

    @Override
    public long count() {
      return 1;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(1, index, scalar.offset()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(scalar.memory(), result);
    }
  }
}
