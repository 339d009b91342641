// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import sae4j.activations.ActivationSet;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Rows spread evenly over a set of activations.
///
/// @param rowsBD row-major
/// @param width D
record Sample(float[] rowsBD, int width) {

  /// @param limit rows, at most
  static Sample of(ActivationSet set, int limit) {
    int rows = (int) Math.min(limit, set.rows());
    float[] rowsBD = new float[Math.multiplyExact(rows, set.width())];
    for (int row = 0; row < rows; row++) {
      set.read(Math.floorDiv(Math.multiplyExact(row, set.rows()), rows), rowsBD, row * set.width());
    }
    return new Sample(rowsBD, set.width());
  }

  int rows() {
    return rowsBD.length / width;
  }

  Tensor upload(Backend backend) {
    return Tensor.of(backend, rows(), width, rowsBD);
  }
}
