// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Mask;
import sae4j.backends.vector.VectorStorage.Product;
import sae4j.backends.vector.VectorStorage.Sparse;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.dense.Elementwise;
import sae4j.backends.vector.dense.Thresholds;
import sae4j.backends.vector.encoder.JumpSink;
import sae4j.backends.vector.parallel.Workers;
import sae4j.tensor.Backend;

/// JumpReLU's codes and the window of its pseudo-gradients, from one stream of the pre-activations.
/// Where the codes are dense the pre-activations are computed once, the codes take their memory,
/// and the rest are bits. Where only the window is dense, it alone is bits.
final class JumpCodes {
  /// Above this share of elements in the window, bits and a stream of the product that is summed
  /// over them take less memory and time than sparse elements.
  private static final double WINDOW_LIMIT = 0.08;

  private final Workers workers;
  private final Workspace workspace;
  private final DenseMatrices matrices;
  private final SparseCodes sparseCodes;
  private final JumpSink sink = new JumpSink(SparseCodes.DENSITY_LIMIT);

  JumpCodes(Workers workers, Workspace workspace, DenseMatrices matrices, SparseCodes sparseCodes) {
    this.workers = workers;
    this.workspace = workspace;
    this.matrices = matrices;
    this.sparseCodes = sparseCodes;
  }

  Backend.Jump of(VectorStorage a, float[] thresholdF, double width) {
    sink.compareWith(thresholdF, width);
    sparseCodes.streamOrRead(a, sink);
    return sink.tooDense() ? dense(a, thresholdF, (float) (width / 2)) : sparse();
  }

  private Backend.Jump sparse() {
    Codes above = workspace.codes();
    sink.collect(workers, above);
    Sparse codes = sparseCodes.codes(above);
    Sparse active = sparseCodes.map(codes, Elementwise::sign);
    BitMatrix near = sink.window();
    if (near.count() > WINDOW_LIMIT * near.rows * near.columns) {
      return new Backend.Jump(codes, active, mask(near), mask(near.or(bits(above))));
    }
    Codes ones = workspace.codes();
    ones.reshapeTo(near, workers);
    Sparse window = sparseCodes.codes(ones);
    return new Backend.Jump(codes, active, window, sparseCodes.addScaled(codes, window, 1));
  }

  private BitMatrix bits(Codes codes) {
    BitMatrix bits = new BitMatrix(codes.rows, codes.columns);
    workers.forEach(
        codes.rows,
        (row, _) -> {
          for (int e = codes.rowStart[row]; e < codes.rowStart[row + 1]; e++) {
            bits.set(row, codes.column[e], 1);
          }
        });
    return bits;
  }

  private Backend.Jump dense(VectorStorage a, float[] thresholdF, float halfWidth) {
    Dense codes =
        a instanceof Product product && product.numbers() == null
            ? matrices.inRows(matrices.compute(product, false))
            : copyInRows(matrices.dense(a));
    BitMatrix active = new BitMatrix(codes.rows(), codes.columns());
    BitMatrix window = new BitMatrix(codes.rows(), codes.columns());
    Thresholds.jump(workers, codes.matrix().values, thresholdF, halfWidth, active, window);
    return new Backend.Jump(codes, mask(active), mask(window), mask(active.or(window)));
  }

  private Dense copyInRows(Dense a) {
    Dense copy = matrices.rowMajor(a.rows(), a.columns());
    matrices.copy(a, copy);
    return copy;
  }

  private Mask mask(BitMatrix bits) {
    return new Mask(bits, workspace.lease());
  }
}
