// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.samples;

import java.util.SplittableRandom;
import sae4j.backends.vector.codes.Codes;

/// Test data for kernels: numbers of mixed signs and magnitudes, including zeros, ties and
/// denormals.
public final class Samples {
  private Samples() {}

  public static float[] mixed(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] =
          switch (random.nextInt(12)) {
            case 0 -> 0f;
            case 1 -> -0f;
            case 2 -> (float) random.nextGaussian() * Float.MIN_NORMAL / 8;
            case 3, 4 -> random.nextInt(-3, 4);
            case 5 -> Math.scalb((float) random.nextGaussian(), random.nextInt(-30, 20));
            default -> (float) random.nextGaussian();
          };
    }
    return numbers;
  }

  public static float[] gaussian(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /// Small integers: their products and sums are exact, and full of ties.
  public static float[] whole(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextInt(-2, 3);
    }
    return numbers;
  }

  /// Codes with about `density` of their entries stored, some rows and some columns empty.
  public static Codes codes(int rows, int columns, double density, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = mixed(rows * columns, seed + 1);
    Codes codes = new Codes();
    codes.reshape(rows, columns, (long) rows * columns);
    int n = 0;
    for (int row = 0; row < rows; row++) {
      codes.rowStart[row] = n;
      for (int column = 0; column < columns; column++) {
        if (row % 5 != 3 && column % 7 != 2 && random.nextDouble() < density) {
          codes.column[n] = column;
          codes.value[n++] = values[row * columns + column];
        }
      }
    }
    codes.rowStart[rows] = n;
    return codes;
  }

  public static double[][] dense(Codes codes) {
    double[][] dense = new double[codes.rows][codes.columns];
    for (int row = 0; row < codes.rows; row++) {
      for (int e = codes.rowStart[row]; e < codes.rowStart[row + 1]; e++) {
        dense[row][codes.column[e]] = codes.value[e];
      }
    }
    return dense;
  }
}
