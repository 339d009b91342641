package sae4j.backends.tornadovm.kernels;

/// The largest elements of a whole matrix: a radix selection of the last key that is kept, eight
/// bits at a time, then the ties in row-major order.
///
/// `state` holds: 0 the bits of the key found so far, 1 how many elements with these bits are still
/// wanted.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements (or threads, or rows); columns |
/// | 2, 3, 4 | where A begins; its strides |
/// | 5, 6 | how far the digit is from the right; how many elements to keep |
/// | 7 | histograms |
public final class BatchTopK {
  private static final int DIGITS = 256;

  private BatchTopK() {}

  /// The bits of a positive float, above those of infinity for NaN, and 0 for everything else:
  /// ordered as codes are. In arithmetic, because TornadoVM has no reinterpretation of bits;
  /// multiplications by powers of two are exact.
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
      bits = 0x7fffffff;
    }
    return bits;
  }

  /// The keys of all elements, row-major.
  public static void keysOf(int[] s, float[] a, int[] keys) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      keys[i] = orderedBits(a[Elementwise.index(s, 2, i)]);
    }
  }

  /// Each thread counts the digits of every s[7]-th element that agrees with the key so far.
  public static void countDigits(int[] s, int[] keys, int[] state, int[] histograms) {
    for (@Parallel int t = 0; t < s[7]; t++) {
      for (int digit = 0; digit < DIGITS; digit++) {
        histograms[t * DIGITS + digit] = 0;
      }
      int shift = s[5];
      int found = 0;
      if (shift < 24) {
        found = state[0] >> (shift + 8);
      }
      for (int i = t; i < s[0]; i += s[7]) {
        int key = keys[i];
        int above = 0;
        if (shift < 24) {
          above = key >> (shift + 8);
        }
        if (above == found) {
          int digit = t * DIGITS + ((key >> shift) & (DIGITS - 1));
          histograms[digit] = histograms[digit] + 1;
        }
      }
    }
  }

  /// One thread picks the digit of the last key that is kept.
  public static void pickDigit(int[] s, int[] histograms, int[] state) {
    for (@Parallel int t = 0; t < s[0]; t++) {
      int wanted = s[6];
      int found = 0;
      if (s[5] < 24) {
        wanted = state[1];
        found = state[0];
      }
      int left = wanted;
      int digit = 0;
      int open = 1;
      for (int candidate = DIGITS - 1; candidate >= 0; candidate--) {
        int count = 0;
        for (int h = 0; h < s[7]; h++) {
          count += histograms[h * DIGITS + candidate];
        }
        if (open == 1) {
          if (count >= left) {
            digit = candidate;
            open = 0;
          }
        }
        if (open == 1) {
          left = left - count;
        }
      }
      state[0] = found + (digit << s[5]);
      state[1] = left;
    }
  }

  /// How many elements of each row have exactly the last key.
  public static void countTies(int[] s, int[] keys, int[] state, int[] ties) {
    for (@Parallel int row = 0; row < s[0]; row++) {
      int count = 0;
      for (int column = 0; column < s[1]; column++) {
        if (keys[row * s[1] + column] == state[0]) {
          count = count + 1;
        }
      }
      ties[row] = count;
    }
  }

  /// C = A where it is among the largest, else 0. `before` holds the ties above each row.
  public static void keepLargest(
      int[] s, float[] a, int[] keys, int[] state, int[] before, float[] c) {
    for (@Parallel int row = 0; row < s[0]; row++) {
      int last = state[0];
      int tiesLeft = state[1] - before[row];
      for (int column = 0; column < s[1]; column++) {
        float x = a[s[2] + row * s[3] + column * s[4]];
        int key = keys[row * s[1] + column];
        float y = 0;
        if (key > last) {
          y = x;
        }
        if (key == last) {
          if (tiesLeft > 0) {
            if (key > 0) {
              y = x;
            }
          }
          tiesLeft = tiesLeft - 1;
        }
        c[row * s[1] + column] = y;
      }
    }
  }
}
