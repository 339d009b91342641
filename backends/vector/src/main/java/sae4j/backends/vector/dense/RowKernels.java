// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import jdk.incubator.vector.FloatVector;
import sae4j.backends.vector.parallel.Lanes;

/// Kernels on rows of floats, used by the sparse operations and the optimiser. All run on the
/// calling thread.
public final class RowKernels {
  private static final int LANES = Lanes.COUNT;

  private RowKernels() {}

  /// `target[i] += Σ_e scale[e]·source[offset + index[e]·stride + i]` for e in [from, to) and i <
  /// n: a chain of fused multiply-adds with e ascending. It takes four rows at a time, so that the
  /// target is read and written once per four rows.
  public static void addScaledRows(
      float[] source,
      int offset,
      int stride,
      int[] index,
      float[] scale,
      int from,
      int to,
      float[] target,
      int at,
      int n) {
    int e = from;
    for (; e + 3 < to; e += 4) {
      addFourRows(
          source,
          offset + index[e] * stride,
          offset + index[e + 1] * stride,
          offset + index[e + 2] * stride,
          offset + index[e + 3] * stride,
          scale,
          e,
          target,
          at,
          n);
    }
    for (; e < to; e++) {
      addRow(source, offset + index[e] * stride, scale[e], target, at, n);
    }
  }

  private static void addFourRows(
      float[] source,
      int s0,
      int s1,
      int s2,
      int s3,
      float[] scale,
      int e,
      float[] target,
      int at,
      int n) {
    float v0 = scale[e];
    float v1 = scale[e + 1];
    float v2 = scale[e + 2];
    float v3 = scale[e + 3];
    FloatVector w0 = FloatVector.broadcast(Lanes.FLOATS, v0);
    FloatVector w1 = FloatVector.broadcast(Lanes.FLOATS, v1);
    FloatVector w2 = FloatVector.broadcast(Lanes.FLOATS, v2);
    FloatVector w3 = FloatVector.broadcast(Lanes.FLOATS, v3);
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, target, at + i);
      sum = FloatVector.fromArray(Lanes.FLOATS, source, s0 + i).fma(w0, sum);
      sum = FloatVector.fromArray(Lanes.FLOATS, source, s1 + i).fma(w1, sum);
      sum = FloatVector.fromArray(Lanes.FLOATS, source, s2 + i).fma(w2, sum);
      FloatVector.fromArray(Lanes.FLOATS, source, s3 + i).fma(w3, sum).intoArray(target, at + i);
    }
    for (; i < n; i++) {
      float sum = Math.fma(source[s0 + i], v0, target[at + i]);
      sum = Math.fma(source[s1 + i], v1, sum);
      sum = Math.fma(source[s2 + i], v2, sum);
      target[at + i] = Math.fma(source[s3 + i], v3, sum);
    }
  }

  /// `target[i] += scale·source[i]`.
  public static void addRow(float[] source, int s, float scale, float[] target, int at, int n) {
    FloatVector w = FloatVector.broadcast(Lanes.FLOATS, scale);
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, target, at + i);
      FloatVector.fromArray(Lanes.FLOATS, source, s + i).fma(w, sum).intoArray(target, at + i);
    }
    for (; i < n; i++) {
      target[at + i] = Math.fma(source[s + i], scale, target[at + i]);
    }
  }

  /// `result[e] = Σ_i row[r + i]·source[offset + index[e]·stride + i]` for e in [from, to):
  /// products of one row with selected rows. Each is summed in lanes, the lanes pairwise, then the
  /// tail; the order doesn't depend on e. |error| ≤ γₙ·Σ|aᵢbᵢ|.
  ///
  /// @param partials scratch of `4 · Lanes.COUNT` floats
  public static void dotRows(
      float[] row,
      int r,
      float[] source,
      int offset,
      int stride,
      int[] index,
      int from,
      int to,
      int n,
      float[] result,
      float[] partials) {
    int e = from;
    for (; e + 3 < to; e += 4) {
      int s0 = offset + index[e] * stride;
      int s1 = offset + index[e + 1] * stride;
      int s2 = offset + index[e + 2] * stride;
      int s3 = offset + index[e + 3] * stride;
      fourDots(row, r, source, s0, s1, s2, s3, n, partials);
      result[e] = tail(row, r, source, s0, n, Lanes.sum(partials, 0));
      result[e + 1] = tail(row, r, source, s1, n, Lanes.sum(partials, LANES));
      result[e + 2] = tail(row, r, source, s2, n, Lanes.sum(partials, 2 * LANES));
      result[e + 3] = tail(row, r, source, s3, n, Lanes.sum(partials, 3 * LANES));
    }
    for (; e < to; e++) {
      result[e] = dot(row, r, source, offset + index[e] * stride, n, partials);
    }
  }

  private static void fourDots(
      float[] row, int r, float[] source, int s0, int s1, int s2, int s3, int n, float[] partials) {
    FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum1 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum2 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum3 = FloatVector.zero(Lanes.FLOATS);
    for (int i = 0; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector x = FloatVector.fromArray(Lanes.FLOATS, row, r + i);
      sum0 = FloatVector.fromArray(Lanes.FLOATS, source, s0 + i).fma(x, sum0);
      sum1 = FloatVector.fromArray(Lanes.FLOATS, source, s1 + i).fma(x, sum1);
      sum2 = FloatVector.fromArray(Lanes.FLOATS, source, s2 + i).fma(x, sum2);
      sum3 = FloatVector.fromArray(Lanes.FLOATS, source, s3 + i).fma(x, sum3);
    }
    sum0.intoArray(partials, 0);
    sum1.intoArray(partials, LANES);
    sum2.intoArray(partials, 2 * LANES);
    sum3.intoArray(partials, 3 * LANES);
  }

  /// `Σ_i a[x + i]·b[y + i]`, in the order of [#dotRows].
  ///
  /// @param partials scratch of `Lanes.COUNT` numbers
  public static float dot(float[] a, int x, float[] b, int y, int n, float[] partials) {
    FloatVector sum = FloatVector.zero(Lanes.FLOATS);
    for (int i = 0; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      sum =
          FloatVector.fromArray(Lanes.FLOATS, b, y + i)
              .fma(FloatVector.fromArray(Lanes.FLOATS, a, x + i), sum);
    }
    sum.intoArray(partials, 0);
    return tail(a, x, b, y, n, Lanes.sum(partials, 0));
  }

  private static float tail(float[] a, int x, float[] b, int y, int n, float sum) {
    for (int i = Lanes.FLOATS.loopBound(n); i < n; i++) {
      sum = Math.fma(a[x + i], b[y + i], sum);
    }
    return sum;
  }

  /// `Σ_i a[x + i]`, summed in lanes, the lanes pairwise, then the tail.
  ///
  /// @param partials scratch of `Lanes.COUNT` numbers
  static float sum(float[] a, int x, int n, float[] partials) {
    FloatVector sum = FloatVector.zero(Lanes.FLOATS);
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      sum = sum.add(FloatVector.fromArray(Lanes.FLOATS, a, x + i));
    }
    sum.intoArray(partials, 0);
    float total = Lanes.sum(partials, 0);
    for (; i < n; i++) {
      total += a[x + i];
    }
    return total;
  }

  /// `target[i] += source[i]`.
  static void add(float[] source, int s, float[] target, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, target, at + i)
          .add(FloatVector.fromArray(Lanes.FLOATS, source, s + i))
          .intoArray(target, at + i);
    }
    for (; i < n; i++) {
      target[at + i] += source[s + i];
    }
  }

  /// `target[i] *= factor`.
  public static void scale(float factor, float[] target, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, target, at + i).mul(factor).intoArray(target, at + i);
    }
    for (; i < n; i++) {
      target[at + i] *= factor;
    }
  }
}
