// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.ejml;

import org.ejml.data.DMatrixRMaj;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;

/// A row-major matrix of doubles. Codes are also stored densely, zeros included.
record EjmlMatrix(DMatrixRMaj matrix) implements Storage {
  @Override
  public int rows() {
    return matrix.numRows;
  }

  @Override
  public int columns() {
    return matrix.numCols;
  }

  @Override
  public Layout layout() {
    return Layout.DENSE;
  }
}
