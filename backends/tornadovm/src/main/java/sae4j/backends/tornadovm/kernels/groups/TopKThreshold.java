// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static sae4j.backends.tornadovm.kernels.groups.Order.precedes;

/// The K-th largest element of each row, a group a row: first narrowed down to a few elements
/// (`narrow`), then picked from them (`pick`). Only positive numbers and NaN can be codes, and NaN
/// comes before all others. [CodesAboveThreshold] then makes the codes of
/// `sae4j.tensor.Backend#topK`. The property `TopKProperties` compares the codes with those of a
/// stable sort.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | rows, columns of A |
/// | 2 | K |
/// | 3, 4, 5 | where A begins; its strides |
public final class TopKThreshold {
  /// Threads of a group at most.
  public static final int THREADS = 256;

  /// Bounds above which elements are counted at a time. They cut an interval into eight.
  private static final int BOUNDS = 7;

  /// Elements that are few enough to compare each with each other.
  private static final int FEW = 512;

  private TopKThreshold() {}

  /// Finds an interval of each row that holds the K-th largest element and few others. If the
  /// search comes upon the element itself, it is the result.
  ///
  /// The interval is cut into eight by seven bounds. The group counts the elements above each bound
  /// and keeps the eighth that holds the K-th, until few elements are left in it, or only equal
  /// ones. For most rows this reads the row twice.
  ///
  /// @param between for each row a bound that is too low and a bound that is high enough
  /// @param wanted for each row which element between the bounds, in descending order, is the K-th;
  ///     0 if `thresholds` and `ties` have the answer already. A row with at most K codes has
  ///     threshold 0 and no ties
  public static void narrow(
      WorkGroup context,
      int[] s,
      float[] a,
      float[] between,
      int[] wanted,
      float[] thresholds,
      int[] ties) {
    float[] largest = context.allocateFloatLocalArray(THREADS);
    int[] counts = context.allocateIntLocalArray(BOUNDS * THREADS);
    float[] cuts = context.allocateFloatLocalArray(BOUNDS);
    // a bound that is too low and one that is high enough; then an infinity and a NaN of the row,
    // because OpenCL as TornadoVM writes it has no constant for them
    float[] known = context.allocateFloatLocalArray(4);
    // elements above the first bound, above the second; whether to go on; how many NaN
    int[] above = context.allocateIntLocalArray(4);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int columns = s[1];
    int k = s[2];
    int along = s[5];
    for (int row = context.groupIdx; row < s[0]; row += groups) {
      int from = s[3] + row * s[4];

      // counts codes, infinities and NaN, and finds the largest finite code
      float best = 0;
      int positive = 0;
      int infinite = 0;
      int nan = 0;
      for (int column = t; column < columns; column += size) {
        float x = a[from + column * along];
        if (Float.isNaN(x)) {
          nan = nan + 1;
          known[3] = x;
        }
        if (x > 0) {
          positive = positive + 1;
          if (x > Float.MAX_VALUE) {
            infinite = infinite + 1;
            known[2] = x;
          } else {
            best = Math.max(best, x);
          }
        }
      }
      largest[t] = best;
      counts[t] = positive;
      counts[THREADS + t] = infinite;
      counts[2 * THREADS + t] = nan;
      context.localBarrier();
      for (int half = size / 2; half > 0; half = half / 2) {
        if (t < half) {
          largest[t] = Math.max(largest[t], largest[t + half]);
          counts[t] = counts[t] + counts[t + half];
          counts[THREADS + t] = counts[THREADS + t] + counts[THREADS + t + half];
          counts[2 * THREADS + t] = counts[2 * THREADS + t] + counts[2 * THREADS + t + half];
        }
        context.localBarrier();
      }
      if (t == 0) {
        int allNan = counts[2 * THREADS];
        int beyond = counts[THREADS] + allNan;
        int codes = counts[0] + allNan;
        known[0] = 0;
        known[1] = largest[0];
        above[0] = codes;
        above[1] = beyond;
        above[2] = 0;
        above[3] = allNan;
        float threshold = 0;
        int equal = 0;
        int rank = 0;
        if (codes > k) {
          rank = k - beyond;
          if (rank <= 0) {
            rank = 0;
            threshold = known[2];
            equal = k - allNan;
            if (allNan >= k) {
              threshold = known[3];
              equal = k;
            }
          }
        }
        if (rank > 0) {
          if (codes - beyond > FEW) {
            above[2] = 1;
          }
        }
        thresholds[row] = threshold;
        ties[row] = equal;
        wanted[row] = rank;
      }
      context.localBarrier();

      while (above[2] == 1) {
        // computed once for all threads, because a compiler may round a sum of products differently
        // in different places
        for (int bound = t; bound < BOUNDS; bound += size) {
          cuts[bound] = known[0] + (known[1] - known[0]) * (0.125f * (bound + 1));
        }
        context.localBarrier();
        float cut1 = cuts[0];
        float cut2 = cuts[1];
        float cut3 = cuts[2];
        float cut4 = cuts[3];
        float cut5 = cuts[4];
        float cut6 = cuts[5];
        float cut7 = cuts[6];
        int above1 = 0;
        int above2 = 0;
        int above3 = 0;
        int above4 = 0;
        int above5 = 0;
        int above6 = 0;
        int above7 = 0;
        for (int column = t; column < columns; column += size) {
          float x = a[from + column * along];
          if (x > cut1) {
            above1 = above1 + 1;
          }
          if (x > cut2) {
            above2 = above2 + 1;
          }
          if (x > cut3) {
            above3 = above3 + 1;
          }
          if (x > cut4) {
            above4 = above4 + 1;
          }
          if (x > cut5) {
            above5 = above5 + 1;
          }
          if (x > cut6) {
            above6 = above6 + 1;
          }
          if (x > cut7) {
            above7 = above7 + 1;
          }
        }
        counts[t] = above1;
        counts[THREADS + t] = above2;
        counts[2 * THREADS + t] = above3;
        counts[3 * THREADS + t] = above4;
        counts[4 * THREADS + t] = above5;
        counts[5 * THREADS + t] = above6;
        counts[6 * THREADS + t] = above7;
        context.localBarrier();
        for (int half = size / 2; half > 0; half = half / 2) {
          if (t < half) {
            for (int bound = 0; bound < BOUNDS; bound++) {
              int at = bound * THREADS + t;
              counts[at] = counts[at] + counts[at + half];
            }
          }
          context.localBarrier();
        }
        if (t == 0) {
          int narrower = 0;
          float tooLow = known[0];
          float enough = known[1];
          for (int bound = 0; bound < BOUNDS; bound++) {
            float cut = cuts[bound];
            int here = counts[bound * THREADS] + above[3];
            if (here >= k) {
              if (cut > tooLow) {
                tooLow = cut;
                above[0] = here;
                narrower = 1;
              }
            } else {
              if (cut < enough) {
                enough = cut;
                above[1] = here;
                narrower = 1;
              }
            }
          }
          known[0] = tooLow;
          known[1] = enough;
          int rank = k - above[1];
          if (narrower == 0) {
            // no number lies between, so all are equal
            above[2] = 0;
            thresholds[row] = enough;
            ties[row] = rank;
            rank = 0;
          }
          if (above[0] - above[1] <= FEW) {
            above[2] = 0;
          }
          wanted[row] = rank;
        }
        context.localBarrier();
      }
      if (t == 0) {
        between[2 * row] = known[0];
        between[2 * row + 1] = known[1];
      }
      context.localBarrier();
    }
  }

  /// Picks the K-th largest element of each row from the few between its bounds, if it is still
  /// wanted. `ties` becomes the number of elements equal to it that are among the K.
  public static void pick(
      WorkGroup context,
      int[] s,
      float[] a,
      float[] between,
      int[] wanted,
      float[] thresholds,
      int[] ties) {
    int[] shares = context.allocateIntLocalArray(THREADS);
    float[] few = context.allocateFloatLocalArray(FEW);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int along = s[5];
    for (int row = context.groupIdx; row < s[0]; row += groups) {
      int from = s[3] + row * s[4];
      float low = between[2 * row];
      float high = between[2 * row + 1];
      int rank = wanted[row];
      int columns = 0;
      if (rank > 0) {
        columns = s[1];
      }
      int mine = 0;
      for (int column = t; column < columns; column += size) {
        float x = a[from + column * along];
        if (precedes(x, low) == 1) {
          mine = mine + 1 - precedes(x, high);
        }
      }
      // each thread's elements follow those of the threads before it
      shares[t] = mine;
      context.localBarrier();
      for (int step = 1; step < size; step = step * 2) {
        int before = 0;
        if (t >= step) {
          before = shares[t - step];
        }
        context.localBarrier();
        shares[t] = shares[t] + before;
        context.localBarrier();
      }
      int all = shares[size - 1];
      int next = shares[t] - mine;
      if (mine == 0) {
        columns = 0;
      }
      for (int column = t; column < columns; column += size) {
        float x = a[from + column * along];
        if (precedes(x, low) == 1) {
          if (precedes(x, high) == 0) {
            few[next] = x;
            next = next + 1;
          }
        }
      }
      context.localBarrier();
      for (int i = t; i < all; i += size) {
        float x = few[i];
        int above = 0;
        int equal = 0;
        for (int j = 0; j < all; j++) {
          float other = few[j];
          if (other > x) {
            above = above + 1;
          }
          if (other == x) {
            equal = equal + 1;
          }
        }
        if (above < rank) {
          if (above + equal >= rank) {
            thresholds[row] = x;
            ties[row] = rank - above;
          }
        }
      }
      context.localBarrier();
    }
  }
}
