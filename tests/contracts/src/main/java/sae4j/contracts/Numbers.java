// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.SplittableRandom;

/// What the elements of an operand are like. All are single-precision numbers, so that every
/// backend starts from the same.
enum Numbers {
  /// Both signs, magnitudes from 2⁻³⁰ to 2²⁰, zeros of both signs, now and then a subnormal: sums
  /// that cancel badly.
  MIXED {
    @Override
    float next(SplittableRandom random) {
      return switch (random.nextInt(16)) {
        case 0, 1 -> 0.0f;
        case 2 -> -0.0f;
        case 3 -> Float.MIN_VALUE * random.nextInt(-1000, 1001);
        default -> (float) Math.scalb(random.nextDouble(-1, 1), random.nextInt(-30, 21));
      };
    }
  },
  /// −2, −1, 0, 1, 2: equal elements, and sums without rounding.
  TIES {
    @Override
    float next(SplittableRandom random) {
      return random.nextInt(-2, 3);
    }
  },
  /// Both signs, from ½ to 2: products and quotients that stay well conditioned.
  MODERATE {
    @Override
    float next(SplittableRandom random) {
      return (float) (random.nextDouble(0.5, 2) * (random.nextBoolean() ? 1 : -1));
    }
  },
  /// From ½ to 2: what logarithms, roots and negative powers take.
  POSITIVE {
    @Override
    float next(SplittableRandom random) {
      return (float) random.nextDouble(0.5, 2);
    }
  },
  /// NaN, infinities and zeros of both signs among small integers.
  SPECIAL {
    @Override
    float next(SplittableRandom random) {
      return switch (random.nextInt(8)) {
        case 0 -> Float.NaN;
        case 1 -> Float.POSITIVE_INFINITY;
        case 2 -> Float.NEGATIVE_INFINITY;
        case 3 -> 0.0f;
        case 4 -> -0.0f;
        default -> random.nextInt(-2, 3);
      };
    }
  };

  abstract float next(SplittableRandom random);

  /// `count` of them, the same for the same seed.
  float[] draw(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = next(random);
    }
    return numbers;
  }
}
