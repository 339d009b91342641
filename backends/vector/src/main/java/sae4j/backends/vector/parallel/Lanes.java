// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.parallel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The vector width of this machine, as constants the compiler folds into every kernel.
public final class Lanes {
  public static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  public static final int COUNT = FLOATS.length();

  private Lanes() {}

  /// Adds `COUNT` partial sums pairwise, in place: lane i gains lane i + half, and halves until one
  /// is left.
  ///
  /// `FloatVector.reduceLanes(ADD)` may add in any order, and its order differs before and after
  /// compilation. This order is fixed.
  public static float sum(float[] partials, int offset) {
    for (int half = COUNT / 2; half > 0; half /= 2) {
      for (int i = offset; i < offset + half; i++) {
        partials[i] += partials[i + half];
      }
    }
    return partials[offset];
  }
}
