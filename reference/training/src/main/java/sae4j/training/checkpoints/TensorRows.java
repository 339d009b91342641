// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.checkpoints;

import sae4j.files.TensorData;
import sae4j.tensor.Tensor;

/// Gives a tensor to a file row by row, reading blocks of rows from the backend.
final class TensorRows implements TensorData.RowSource {
  private static final int BLOCK = 32;

  private final Tensor tensor;
  private final float[] block;

  TensorRows(Tensor tensor) {
    this.tensor = tensor;
    this.block = new float[Math.multiplyExact(Math.min(BLOCK, tensor.rows()), tensor.columns())];
  }

  @Override
  public void read(long row, float[] values) {
    int inBlock = (int) (row % BLOCK);
    if (inBlock == 0) {
      int count = (int) Math.min(BLOCK, tensor.rows() - row);
      tensor.readRows((int) row, count, block);
    }
    System.arraycopy(block, inBlock * values.length, values, 0, values.length);
  }
}
