// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import java.util.Random;

/// How the numbers are drawn of a matrix whose largest elements are looked for.
enum Drawn {
  NORMAL,
  MAGNITUDES,
  FEW_VALUES,
  NEIGHBOURS,
  AWKWARD,
  NO_CODES,
  EQUAL;

  private static final float[] SPECIAL = {
    0,
    -0.0f,
    -1,
    1,
    1,
    2,
    Float.MIN_VALUE,
    3 * Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    Math.nextUp(1f),
    Math.nextDown(1f)
  };

  private float draw(Random random) {
    return switch (this) {
      case NORMAL -> (float) random.nextGaussian();
      case MAGNITUDES -> (float) (random.nextGaussian() * Math.exp(40 * random.nextGaussian()));
      case FEW_VALUES -> random.nextInt(5) - 1;
      case NEIGHBOURS -> Float.intBitsToFloat(Float.floatToRawIntBits(1) + random.nextInt(4));
      case AWKWARD -> SPECIAL[random.nextInt(SPECIAL.length)];
      case NO_CODES -> -random.nextInt(3) * 0.5f;
      case EQUAL -> 0.75f;
    };
  }

  /// Row-major.
  float[] matrix(int rows, int columns, long seed) {
    Random random = new Random(seed);
    float[] a = new float[rows * columns];
    for (int i = 0; i < a.length; i++) {
      a[i] = draw(random);
    }
    return a;
  }
}
