// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.Updates;
import sae4j.backends.tornadovm.kernels.groups.AdamUpdates;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Kernel;
import sae4j.tensor.AdamUpdate;

/// Launches of [Updates] and [AdamUpdates], which change parameters in place. None of them does
/// anything if the status says that codes have overflowed.
public sealed interface UpdateLaunch extends Launch {
  /// What Adam changes, and from what.
  ///
  /// @param parameter in the order in which its rows are updated
  /// @param gradient in the same order
  record Adam(
      int rows,
      int columns,
      Dense parameter,
      Dense gradient,
      Memory<float[]> firstMoment,
      Memory<float[]> secondMoment,
      AdamUpdate update,
      Memory<float[]> status) {
    /// The same update with rows and columns exchanged.
    public Adam transposed() {
      return new Adam(
          columns,
          rows,
          parameter.transposed(),
          gradient.transposed(),
          firstMoment,
          secondMoment,
          update,
          status);
    }

    /// The same update of all elements as one row, of a parameter and a gradient without gaps.
    public Adam asOneRow() {
      return new Adam(
          1, rows * columns, parameter, gradient, firstMoment, secondMoment, update, status);
    }

    private int[] sizes() {
      return Sizes.of(rows, columns)
          .at(2, parameter.rowStride(), parameter.columnStride())
          .at(4, gradient)
          .toArray();
    }

    private double[] scalars() {
      return new double[] {
        update.learningRate() / update.biasCorrection1(),
        update.beta1(),
        1 - update.beta1(),
        update.beta2(),
        1 - update.beta2(),
        1 / Math.sqrt(update.biasCorrection2()),
        update.epsilon()
      };
    }

    private List<Memory<?>> memories() {
      return List.of(status, parameter.memory(), gradient.memory(), firstMoment, secondMoment);
    }
  }

  /// One update, in any order.
  record AdamInOrder(Adam adam) implements UpdateLaunch {
    private static final int GROUP = 256;

    @Override
    public Kernel kernel() {
      return Kernel.ADAM;
    }

    @Override
    public long count() {
      return adam.rows * (long) Math.ceilDiv(adam.columns, AdamUpdates.ELEMENTS * GROUP);
    }

    @Override
    public int group() {
      return GROUP;
    }

    @Override
    public int[] sizes() {
      return adam.sizes();
    }

    @Override
    public double[] scalars() {
      return adam.scalars();
    }

    @Override
    public List<Memory<?>> memories() {
      return adam.memories();
    }
  }

  /// One update along the sphere of rows of length 1, a group a row.
  record AdamOnSphere(Adam adam) implements UpdateLaunch {
    private static final int LEAST_GROUP = 32;

    /// Elements of a row for each thread.
    private static final int ELEMENTS_OF_THREAD = 8;

    @Override
    public Kernel kernel() {
      return Kernel.ADAM_ON_SPHERE;
    }

    @Override
    public long count() {
      return adam.rows;
    }

    /// Few threads, so that each has enough elements; but enough threads that the rows which a
    /// device works on at a time stay in its cache.
    @Override
    public int group() {
      int wanted = Integer.highestOneBit(Math.max(1, adam.columns / ELEMENTS_OF_THREAD));
      return Math.clamp(wanted, LEAST_GROUP, AdamUpdates.THREADS);
    }

    @Override
    public int[] sizes() {
      return adam.sizes();
    }

    @Override
    public double[] scalars() {
      return adam.scalars();
    }

    @Override
    public List<Memory<?>> memories() {
      return adam.memories();
    }
  }

  /// P = P/√squares, row by row.
  ///
  /// @param run elements of the parameter in a run without gaps
  /// @param squares one for each row, repeated as the parameter lies
  record ScaleToUnit(int run, Memory<float[]> parameter, Dense squares, Memory<float[]> status)
      implements UpdateLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.SCALE_TO_UNIT;
    }

    @Override
    public long count() {
      return parameter.size();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(parameter.size(), run).at(5, squares).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(status, parameter, squares.memory());
    }
  }

  /// P = A.
  ///
  /// @param run elements of the parameter in a run without gaps
  /// @param source with a row for each run
  record Assign(int run, Memory<float[]> parameter, Dense source, Memory<float[]> status)
      implements UpdateLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.ASSIGN;
    }

    @Override
    public long count() {
      return parameter.size();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(parameter.size(), run).at(2, source).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(status, parameter, source.memory());
    }
  }
}
