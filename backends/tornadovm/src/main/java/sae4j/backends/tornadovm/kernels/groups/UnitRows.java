package sae4j.backends.tornadovm.kernels.groups;

/// What happens to parameters whose rows have length 1, a group a row: the update of a decoder in
/// one launch.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | rows, columns |
/// | 2, 3 | strides of parameter and moments |
/// | 4, 5, 6 | where the gradient begins; its strides |
/// | 8 | where in `numbers` the update's numbers stand, as for `Updates#adam` |
public final class UnitRows {
  private static final int THREADS = 256;

  private UnitRows() {}

  /// One Adam update along the sphere: the gradient without its part along the row, then the
  /// update, then the row at length 1 again. A row of zeros stays at zero length. 28 bytes an
  /// element, and the row once more while it is in the cache.
  ///
  /// Does nothing once a step's codes have overflowed their capacity.
  public static void adamOnSphere(
      WorkGroup context,
      int[] s,
      float[] numbers,
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
    float rate = numbers[n];
    float keepFirst = numbers[n + 1];
    float takeFirst = numbers[n + 2];
    float keepSecond = numbers[n + 3];
    float takeSecond = numbers[n + 4];
    float correction = numbers[n + 5];
    float epsilon = numbers[n + 6];
    for (int row = context.groupIdx; row < rows; row += groups) {
      int from = row * s[2];
      int fromGradient = s[4] + row * s[5];
      float sum = 0;
      for (int j = t; j < columns; j += size) {
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

      // two elements at a time, all read before any is written: a thread then waits half as often
      float squares = 0;
      for (int j = t; j < columns; j += 2 * size) {
        int next = Math.min(j + size, columns - 1);
        int i = from + j * along;
        int i2 = from + next * along;
        float weight = p[i];
        float weight2 = p[i2];
        float gradient = g[fromGradient + j * alongGradient] - dot * weight;
        float gradient2 = g[fromGradient + next * alongGradient] - dot * weight2;
        float first = keepFirst * m[i] + takeFirst * gradient;
        float first2 = keepFirst * m[i2] + takeFirst * gradient2;
        float second = keepSecond * v[i] + takeSecond * (gradient * gradient);
        float second2 = keepSecond * v[i2] + takeSecond * (gradient2 * gradient2);
        weight = weight - rate * first / ((float) Math.sqrt(second) * correction + epsilon);
        weight2 = weight2 - rate * first2 / ((float) Math.sqrt(second2) * correction + epsilon);
        m[i] = first;
        v[i] = second;
        p[i] = weight;
        squares += weight * weight;
        if (j + size < columns) {
          m[i2] = first2;
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
      if (square > 0) {
        float length = (float) Math.sqrt(square);
        for (int j = t; j < columns; j += size) {
          p[from + j * along] = p[from + j * along] / length;
        }
      }
      context.localBarrier();
    }
  }
}
