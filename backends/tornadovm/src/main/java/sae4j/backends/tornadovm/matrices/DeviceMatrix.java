// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.matrices;

import org.jspecify.annotations.Nullable;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;

/// A matrix of this backend. Outside a step it has values. Inside a step it stands for a result
/// that will be computed when the step has ended.
public final class DeviceMatrix implements Storage {
  private final int rows;
  private final int columns;
  private final @Nullable Object step;
  private @Nullable MatrixForm form;

  /// @param step identifies the step that the matrix is a result of, or null
  /// @param form how the values lie, or null for a result that is not computed yet
  public DeviceMatrix(int rows, int columns, @Nullable Object step, @Nullable MatrixForm form) {
    this.rows = rows;
    this.columns = columns;
    this.step = step;
    this.form = form;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int columns() {
    return columns;
  }

  /// How the values lie, or null for a result that is not computed.
  public @Nullable MatrixForm form() {
    return form;
  }

  /// How the values lie.
  ///
  /// @throws IllegalArgumentException if this is the result of a step that has ended
  public MatrixForm requireForm() {
    MatrixForm present = form;
    if (present == null) {
      throw new IllegalArgumentException("a result was used after the step that made it had ended");
    }
    return present;
  }

  /// Says where the values are, now that they are computed.
  public void computed(MatrixForm result) {
    form = result;
  }

  /// @param current identifies the step that is being recorded, or null
  /// @throws IllegalArgumentException if this is the result of another step
  public DeviceMatrix requireUsable(@Nullable Object current) {
    if (step != null && form == null && !step.equals(current)) {
      throw new IllegalArgumentException("a result was used after the step that made it had ended");
    }
    return this;
  }

  @Override
  public Layout layout() {
    return form instanceof MatrixForm.Sparse ? Layout.ROW_SPARSE : Layout.DENSE;
  }
}
