// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static sae4j.backends.tornadovm.kernels.groups.Lines.element;

/// The n largest elements of a whole matrix: `sae4j.tensor.Backend#batchTopK`. Only positive
/// numbers and NaN can be codes, NaN comes before all others, and equal elements come in row-major
/// order. The property `BatchTopKProperties` compares the result with a stable sort.
///
/// Each element gets an int key in that order (`keysOf`). T is the key of the last element that is
/// kept. It is found four bits at a time, from the left: many groups count the digits of the keys
/// that agree with T so far (`countDigits`), then one group picks the next digit (`pickDigit`). The
/// elements with key T are ties. They are counted row by row (`countTies`), so that each row learns
/// how many of its ties it keeps (`limits`). From there [CodesAboveThreshold] makes row-sparse
/// codes, or `keepLargest` dense ones.
///
/// `state[0]` holds the bits of T found so far, and zeros for the others. `state[1]` holds how many
/// keys are larger than all that begin with these bits. After the last digit that is T itself, and
/// how many keys are larger. T = 0 says that there are fewer than n codes, and all are kept.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | rows, columns of A; for `countDigits` and `pickDigit`: parts, elements |
/// | 2 | n, how many elements to keep |
/// | 3, 4, 5 | where A begins; its strides |
/// | 6 | elements of a part |
/// | 7 | how far the digit is from the right |
public final class BatchTopK {
  /// Threads of a group at most.
  public static final int THREADS = 256;

  /// Bits of a digit.
  public static final int BITS = 4;

  /// How far the first digit is from the right. A key has 31 bits.
  public static final int FIRST = 28;

  private static final int DIGITS = 1 << BITS;

  private BatchTopK() {}

  /// An int that is ordered as codes are: the bits of a positive float, one more than those of
  /// infinity for NaN, and 0 for everything else. TornadoVM cannot read the bits of a float, so
  /// they are computed. Multiplications by powers of two are exact.
  static int orderedBits(float x) {
    float m = x;
    int exponent = 127;
    for (int step = 64; step > 0; step = step / 2) {
      float power = 1;
      for (int i = 0; i < step; i++) {
        power = power * 2;
      }
      if (m >= power) {
        m = m / power;
        exponent = exponent + step;
      }
      if (m * power < 2) {
        m = m * power;
        exponent = exponent - step;
      }
    }
    int bits = (exponent << 23) + (int) ((m - 1) * 0x1p23f);
    if (x < 0x1p-126f) {
      bits = (int) (x * 0x1p100f * 0x1p49f);
    }
    if (x > Float.MAX_VALUE) {
      bits = 0x7f800000;
    }
    if (x <= 0) {
      bits = 0;
    }
    if (Float.isNaN(x)) {
      bits = 0x7f800001;
    }
    return bits;
  }

  /// The keys of all elements, row-major, a group a row.
  public static void keysOf(WorkGroup context, int[] s, float[] a, int[] keys) {
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int columns = s[1];
    for (int row = context.groupIdx; row < s[0]; row += groups) {
      int from = s[3] + row * s[4];
      for (int i = t; i < columns; i += size) {
        int column = element(i, columns);
        keys[row * columns + column] = orderedBits(a[from + column * s[5]]);
      }
    }
  }

  /// How often each digit comes in each part of the keys, among the keys that agree with T so far:
  /// `partial[digit · parts + part]`. A group counts a part. Each thread counts for itself, in a
  /// column of the group's memory, and reads four keys at a time, so that four loads overlap.
  public static void countDigits(
      WorkGroup context, int[] s, int[] keys, int[] state, int[] partial) {
    int[] counts = context.allocateIntLocalArray((DIGITS + 1) * THREADS);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int elements = s[1];
    int shift = s[7];
    int found = 0;
    if (shift < FIRST) {
      found = state[0];
    }
    for (int part = context.groupIdx; part < s[0]; part += groups) {
      // the last count is for keys that do not agree
      for (int digit = 0; digit <= DIGITS; digit++) {
        counts[digit * THREADS + t] = 0;
      }
      int last = Math.min((part + 1) * s[6], elements);
      for (int i = part * s[6] + t; i < last; i += 4 * size) {
        int key1 = keyAt(keys, i, last, elements);
        int key2 = keyAt(keys, i + size, last, elements);
        int key3 = keyAt(keys, i + 2 * size, last, elements);
        int key4 = keyAt(keys, i + 3 * size, last, elements);
        int at1 = digitOf(key1, found, shift) * THREADS + t;
        counts[at1] = counts[at1] + 1;
        int at2 = digitOf(key2, found, shift) * THREADS + t;
        counts[at2] = counts[at2] + 1;
        int at3 = digitOf(key3, found, shift) * THREADS + t;
        counts[at3] = counts[at3] + 1;
        int at4 = digitOf(key4, found, shift) * THREADS + t;
        counts[at4] = counts[at4] + 1;
      }
      context.localBarrier();
      for (int half = size / 2; half > 0; half = half / 2) {
        if (t < half) {
          for (int digit = 0; digit < DIGITS; digit++) {
            int at = digit * THREADS + t;
            counts[at] = counts[at] + counts[at + half];
          }
        }
        context.localBarrier();
      }
      for (int digit = t; digit < DIGITS; digit += size) {
        partial[digit * s[0] + part] = counts[digit * THREADS];
      }
      context.localBarrier();
    }
  }

  /// The i-th key in the order of [Lines]. Beyond the last key of a part it is −1, which never
  /// agrees with T.
  private static int keyAt(int[] keys, int i, int last, int elements) {
    int key = -1;
    if (i < last) {
      key = keys[element(i, elements)];
    }
    return key;
  }

  /// The digit of a key that agrees with what is found so far; `DIGITS` for other keys.
  private static int digitOf(int key, int found, int shift) {
    int digit = DIGITS;
    if (key >= found) {
      digit = Math.min((key - found) >> shift, DIGITS);
    }
    return digit;
  }

  /// The next digit of T, by one group: the largest digit such that at least n keys begin with it
  /// or with a larger one.
  public static void pickDigit(WorkGroup context, int[] s, int[] partial, int[] state) {
    int[] counts = context.allocateIntLocalArray(DIGITS * THREADS);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int parts = s[0];
    int shift = s[7];
    for (int task = context.groupIdx; task < 1; task += groups) {
      for (int digit = 0; digit < DIGITS; digit++) {
        int count = 0;
        for (int part = t; part < parts; part += size) {
          count = count + partial[digit * parts + part];
        }
        counts[digit * THREADS + t] = count;
      }
      context.localBarrier();
      for (int half = size / 2; half > 0; half = half / 2) {
        if (t < half) {
          for (int digit = 0; digit < DIGITS; digit++) {
            int at = digit * THREADS + t;
            counts[at] = counts[at] + counts[at + half];
          }
        }
        context.localBarrier();
      }
      if (t == 0) {
        int found = 0;
        int above = 0;
        if (shift < FIRST) {
          found = state[0];
          above = state[1];
        }
        int digit = 0;
        int open = 1;
        for (int candidate = DIGITS - 1; candidate >= 0; candidate--) {
          int fromHere = above + counts[candidate * THREADS];
          if (open == 1) {
            if (fromHere >= s[2]) {
              digit = candidate;
              open = 0;
            } else {
              above = fromHere;
            }
          }
        }
        state[0] = found + (digit << shift);
        state[1] = above;
      }
      context.localBarrier();
    }
  }

  /// How many elements of each row have the key T, a group a row. `last[0]` becomes such an
  /// element; several threads may write it, and all write the same value.
  public static void countTies(
      WorkGroup context, int[] s, float[] a, int[] keys, int[] state, int[] here, float[] last) {
    int[] counts = context.allocateIntLocalArray(THREADS);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int columns = s[1];
    int lastKey = state[0];
    for (int row = context.groupIdx; row < s[0]; row += groups) {
      int count = 0;
      for (int i = t; i < columns; i += size) {
        int column = element(i, columns);
        if (keys[row * columns + column] == lastKey) {
          count = count + 1;
          last[0] = a[s[3] + row * s[4] + column * s[5]];
        }
      }
      counts[t] = count;
      context.localBarrier();
      for (int half = size / 2; half > 0; half = half / 2) {
        if (t < half) {
          counts[t] = counts[t] + counts[t + half];
        }
        context.localBarrier();
      }
      if (t == 0) {
        here[row] = counts[0];
      }
      context.localBarrier();
    }
  }

  /// What [CodesAboveThreshold#keep] needs of each row: the threshold, which is the last element
  /// that is kept, and how many ties the row keeps at most. Both are 0 if all codes are kept.
  ///
  /// @param before how many ties the rows above each one have
  public static void limits(
      WorkGroup context,
      int[] s,
      int[] state,
      float[] last,
      int[] before,
      float[] thresholds,
      int[] ties) {
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int all = context.globalGroupSizeX;
    for (int row = context.groupIdx * size + t; row < s[0]; row += all) {
      float threshold = 0;
      int wanted = 0;
      if (state[0] > 0) {
        threshold = last[0];
        wanted = Math.max(0, s[2] - state[1] - before[row]);
      }
      thresholds[row] = threshold;
      ties[row] = wanted;
    }
  }

  /// C = A where it is among the n largest, else 0; row-major, a group a row.
  ///
  /// At most one row keeps some of its ties and not others. One thread goes through that row once
  /// more, which is rare because floats are seldom equal.
  ///
  /// @param here how many ties each row has
  /// @param ties how many of them it keeps at most
  public static void keepLargest(
      WorkGroup context,
      int[] s,
      float[] a,
      int[] keys,
      int[] state,
      int[] here,
      int[] ties,
      float[] c) {
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int columns = s[1];
    int lastKey = state[0];
    for (int row = context.groupIdx; row < s[0]; row += groups) {
      int from = s[3] + row * s[4];
      int to = row * columns;
      // the smallest key that is surely kept
      int least = lastKey + 1;
      int left = ties[row];
      if (left >= here[row]) {
        least = Math.max(lastKey, 1);
        left = 0;
      }
      for (int i = t; i < columns; i += size) {
        int column = element(i, columns);
        float y = 0;
        if (keys[to + column] >= least) {
          y = a[from + column * s[5]];
        }
        c[to + column] = y;
      }
      context.localBarrier();
      int again = 0;
      if (left > 0) {
        if (t == 0) {
          again = columns;
        }
      }
      for (int column = 0; column < again; column++) {
        if (keys[to + column] == lastKey) {
          if (left > 0) {
            c[to + column] = a[from + column * s[5]];
          }
          left = left - 1;
        }
      }
      context.localBarrier();
    }
  }
}
