// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static sae4j.backends.tornadovm.kernels.groups.Lines.element;

/// Adam's updates of a parameter and its moments: `sae4j.tensor.Backend#adam` with
/// `sae4j.tensor.AdamUpdate`. The property `AdamProperties` compares them with the same formulas in
/// double precision. They do nothing if codes of the step have overflowed their capacity
/// (`status[0]` > 0), because the step is then repeated.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | rows, columns |
/// | 2, 3 | strides of parameter and moments; `adam` takes them as they lie |
/// | 4, 5, 6 | where the gradient begins; its strides |
/// | 8 | the position in `scalars` of the update's scalars |
///
/// The scalars are η/(1 − β₁ᵗ), β₁, 1 − β₁, β₂, 1 − β₂, 1/√(1 − β₂ᵗ) and ε, in this order.
///
/// A thread takes two elements at a time and reads all of both before it writes any, so that it
/// waits half as often.
public final class AdamUpdates {
  /// Threads of a group at most.
  public static final int THREADS = 512;

  /// Elements that a thread takes from a row, if the row is long enough.
  public static final int ELEMENTS = 16;

  private AdamUpdates() {}

  /// One update. 28 bytes an element.
  public static void adam(
      WorkGroup context,
      int[] s,
      float[] scalars,
      float[] status,
      float[] p,
      float[] g,
      float[] m,
      float[] v) {
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int columns = s[1];
    int alongGradient = s[6];
    int n = s[8];
    float rate = scalars[n];
    float keepFirst = scalars[n + 1];
    float takeFirst = scalars[n + 2];
    float keepSecond = scalars[n + 3];
    float takeSecond = scalars[n + 4];
    float correction = scalars[n + 5];
    float epsilon = scalars[n + 6];
    int width = ELEMENTS * size;
    int pieces = (columns + width - 1) / width;
    int tasks = 0;
    if (status[0] <= 0) {
      tasks = s[0] * pieces;
    }
    for (int task = context.groupIdx; task < tasks; task += groups) {
      int row = task / pieces;
      int first = task % pieces * width;
      int last = Math.min(first + width, columns);
      int from = row * columns;
      int fromGradient = s[4] + row * s[5];
      for (int x = first + t; x < last; x += 2 * size) {
        int j = element(x, columns);
        int j2 = element(x + size, columns);
        int i = from + j;
        int i2 = from + j2;
        float weight = p[i];
        float weight2 = p[i2];
        float gradient = g[fromGradient + j * alongGradient];
        float gradient2 = g[fromGradient + j2 * alongGradient];
        float mean = keepFirst * m[i] + takeFirst * gradient;
        float mean2 = keepFirst * m[i2] + takeFirst * gradient2;
        float second = keepSecond * v[i] + takeSecond * (gradient * gradient);
        float second2 = keepSecond * v[i2] + takeSecond * (gradient2 * gradient2);
        m[i] = mean;
        v[i] = second;
        p[i] = weight - rate * mean / ((float) Math.sqrt(second) * correction + epsilon);
        if (x + size < last) {
          m[i2] = mean2;
          v[i2] = second2;
          p[i2] = weight2 - rate * mean2 / ((float) Math.sqrt(second2) * correction + epsilon);
        }
      }
    }
  }

  /// One update of rows that stay on the unit sphere, a group a row. The gradient loses its part
  /// along the row, Adam's update follows, and the row is divided by its norm. A row of zeros keeps
  /// norm 0. 28 bytes an element, and the row once more while it is in the cache.
  public static void adamOnSphere(
      WorkGroup context,
      int[] s,
      float[] scalars,
      float[] status,
      float[] p,
      float[] g,
      float[] m,
      float[] v) {
    float[] partial = context.allocateFloatLocalArray(THREADS);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int rows = 0;
    if (status[0] <= 0) {
      rows = s[0];
    }
    int columns = s[1];
    int along = s[3];
    int alongGradient = s[6];
    int n = s[8];
    float rate = scalars[n];
    float keepFirst = scalars[n + 1];
    float takeFirst = scalars[n + 2];
    float keepSecond = scalars[n + 3];
    float takeSecond = scalars[n + 4];
    float correction = scalars[n + 5];
    float epsilon = scalars[n + 6];
    for (int row = context.groupIdx; row < rows; row += groups) {
      int from = row * s[2];
      int fromGradient = s[4] + row * s[5];
      float sum = 0;
      for (int x = t; x < columns; x += size) {
        int j = element(x, columns);
        sum += p[from + j * along] * g[fromGradient + j * alongGradient];
      }
      partial[t] = sum;
      context.localBarrier();
      for (int half = size / 2; half > 0; half = half / 2) {
        if (t < half) {
          partial[t] = partial[t] + partial[t + half];
        }
        context.localBarrier();
      }
      float dot = partial[0];
      context.localBarrier();

      // all threads take one piece after the other, so that a compiler does not unroll the loop:
      // that would take registers from other groups
      float squares = 0;
      for (int piece = 0; piece < columns; piece += 2 * size) {
        int x = piece + t;
        int j = element(x, columns);
        int j2 = element(x + size, columns);
        int i = from + j * along;
        int i2 = from + j2 * along;
        float weight = p[i];
        float weight2 = p[i2];
        float gradient = g[fromGradient + j * alongGradient];
        float gradient2 = g[fromGradient + j2 * alongGradient];
        float mean = m[i];
        float mean2 = m[i2];
        float second = v[i];
        float second2 = v[i2];
        gradient = gradient - dot * weight;
        gradient2 = gradient2 - dot * weight2;
        mean = keepFirst * mean + takeFirst * gradient;
        mean2 = keepFirst * mean2 + takeFirst * gradient2;
        second = keepSecond * second + takeSecond * (gradient * gradient);
        second2 = keepSecond * second2 + takeSecond * (gradient2 * gradient2);
        weight = weight - rate * mean / ((float) Math.sqrt(second) * correction + epsilon);
        weight2 = weight2 - rate * mean2 / ((float) Math.sqrt(second2) * correction + epsilon);
        context.localBarrier();
        if (x < columns) {
          m[i] = mean;
          v[i] = second;
          p[i] = weight;
          squares += weight * weight;
        }
        if (x + size < columns) {
          m[i2] = mean2;
          v[i2] = second2;
          p[i2] = weight2;
          squares += weight2 * weight2;
        }
      }
      partial[t] = squares;
      context.localBarrier();
      for (int half = size / 2; half > 0; half = half / 2) {
        if (t < half) {
          partial[t] = partial[t] + partial[t + half];
        }
        context.localBarrier();
      }
      float square = partial[0];
      context.localBarrier();
      int scaled = 0;
      if (square > 0) {
        scaled = columns;
      }
      float length = (float) Math.sqrt(square);
      for (int x = t; x < scaled; x += 4 * size) {
        int i = from + element(x, columns) * along;
        int i2 = from + element(x + size, columns) * along;
        int i3 = from + element(x + 2 * size, columns) * along;
        int i4 = from + element(x + 3 * size, columns) * along;
        float weight = p[i];
        float weight2 = p[i2];
        float weight3 = p[i3];
        float weight4 = p[i4];
        p[i] = weight / length;
        if (x + size < columns) {
          p[i2] = weight2 / length;
        }
        if (x + 2 * size < columns) {
          p[i3] = weight3 / length;
        }
        if (x + 3 * size < columns) {
          p[i4] = weight4 / length;
        }
      }
      context.localBarrier();
    }
  }
}
