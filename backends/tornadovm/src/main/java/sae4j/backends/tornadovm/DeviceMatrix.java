package sae4j.backends.tornadovm;

import org.jspecify.annotations.Nullable;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;

/// A matrix of this backend: outside a step its numbers, inside one the promise of them.
final class DeviceMatrix implements Storage {
  private final int rows;
  private final int columns;

  /// The step that this is a result of, or null.
  final @Nullable Recording recording;

  /// Where the numbers are; null for the result of a step.
  @Nullable Form form;

  DeviceMatrix(int rows, int columns, @Nullable Recording recording, @Nullable Form form) {
    this.rows = rows;
    this.columns = columns;
    this.recording = recording;
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

  @Override
  public Layout layout() {
    return form instanceof Form.Sparse ? Layout.ROW_SPARSE : Layout.DENSE;
  }
}
