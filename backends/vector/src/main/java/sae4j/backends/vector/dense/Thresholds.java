// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;

/// Pre-activations compared with a threshold for each feature: JumpReLU and the window of its
/// pseudo-gradients (Rajamanoharan et al. 2024, arXiv 2407.14435).
public final class Thresholds {
  private static final int LANES = Lanes.COUNT;

  private Thresholds() {}

  /// One pass over pre-activations, which become codes: pre where pre > θ, else 0.
  ///
  /// @param pre row by row without gaps
  /// @param active gets the bits of pre > θ
  /// @param window gets the bits of |pre − θ| < halfWidth
  public static void jump(
      Workers workers,
      float[] pre,
      float[] thresholdF,
      float halfWidth,
      BitMatrix active,
      BitMatrix window) {
    workers.forEach(
        active.rows,
        (row, _) -> {
          for (int w = 0; w < active.rowWords; w++) {
            jump(pre, row, w, thresholdF, halfWidth, active, window);
          }
        });
  }

  private static void jump(
      float[] pre,
      int row,
      int word,
      float[] thresholdF,
      float halfWidth,
      BitMatrix active,
      BitMatrix window) {
    FloatVector zero = FloatVector.zero(Lanes.FLOATS);
    int at = row * active.columns;
    int end = Math.min(active.columns, (word + 1) * BitMatrix.WORD);
    long above = 0;
    long near = 0;
    int j = word * BitMatrix.WORD;
    for (; j + LANES <= end; j += LANES) {
      FloatVector x = FloatVector.fromArray(Lanes.FLOATS, pre, at + j);
      FloatVector threshold = FloatVector.fromArray(Lanes.FLOATS, thresholdF, j);
      VectorMask<Float> over = x.compare(VectorOperators.GT, threshold);
      above |= over.toLong() << j;
      near |= x.sub(threshold).abs().compare(VectorOperators.LT, halfWidth).toLong() << j;
      zero.blend(x, over).intoArray(pre, at + j);
    }
    for (; j < end; j++) {
      float x = pre[at + j];
      above |= x > thresholdF[j] ? 1L << j : 0;
      near |= Math.abs(x - thresholdF[j]) < halfWidth ? 1L << j : 0;
      pre[at + j] = x > thresholdF[j] ? x : 0;
    }
    active.words[row * active.rowWords + word] = above;
    window.words[row * window.rowWords + word] = near;
  }
}
