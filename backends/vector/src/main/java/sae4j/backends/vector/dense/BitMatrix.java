// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import java.util.Arrays;
import java.util.function.LongBinaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;

/// A matrix of bits: which elements of a dense matrix are active. It takes a 32nd of that matrix's
/// memory. Each row begins a new word, and column j is bit j mod 64 of word j / 64.
public final class BitMatrix {
  static final int WORD = Long.SIZE;
  private static final int LANES = Lanes.COUNT;

  /// Rows that are added up in single precision before they are added in double.
  private static final int ROWS_IN_SINGLE = 32;

  private static final int WORDS_PER_TASK = 4;

  public final int rows;
  public final int columns;
  final int rowWords;
  final long[] words;

  /// No bit is set.
  public BitMatrix(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    this.rowWords = Math.ceilDiv(columns, WORD);
    this.words = new long[Math.multiplyExact(rows, rowWords)];
  }

  /// Sets bits of a row: bit j of `hits` is that of column `column + j`. Those of one word belong
  /// to one thread at a time.
  public void set(int row, int column, long hits) {
    words[row * rowWords + column / WORD] |= hits << column;
  }

  /// The bits of a row from a column on: bit j is that of column `column + j`. Those beyond the
  /// word that holds the column are 0.
  public long word(int row, int column) {
    return words[row * rowWords + column / WORD] >>> column;
  }

  /// Sets the bits of the elements above 0.
  ///
  /// @param a rows contiguous
  /// @return whether all other elements are 0; if not, the bits don't say all
  public boolean setPositive(Workers workers, Matrix a) {
    boolean[] others = new boolean[workers.count()];
    workers.forEach(
        rows,
        (row, worker) -> {
          int at = a.index(row, 0);
          for (int w = 0; w < rowWords; w++) {
            int end = Math.min(columns, (w + 1) * WORD);
            long above = 0;
            long other = 0;
            int j = w * WORD;
            for (; j + LANES <= end; j += LANES) {
              FloatVector x = FloatVector.fromArray(Lanes.FLOATS, a.values, at + j);
              above |= x.compare(VectorOperators.GT, 0).toLong() << j;
              other |= x.compare(VectorOperators.GE, 0).not().toLong();
            }
            for (; j < end; j++) {
              float x = a.values[at + j];
              above |= x > 0 ? 1L << j : 0;
              other |= x >= 0 ? 0 : 1;
            }
            words[row * rowWords + w] = above;
            others[worker] |= other != 0;
          }
        });
    for (boolean other : others) {
      if (other) {
        return false;
      }
    }
    return true;
  }

  /// The bits that are set in both.
  public BitMatrix and(BitMatrix other) {
    return combine(other, (x, y) -> x & y);
  }

  /// The bits that are set in either.
  public BitMatrix or(BitMatrix other) {
    return combine(other, (x, y) -> x | y);
  }

  private BitMatrix combine(BitMatrix other, LongBinaryOperator operator) {
    BitMatrix combined = new BitMatrix(rows, columns);
    for (int i = 0; i < words.length; i++) {
      combined.words[i] = operator.applyAsLong(words[i], other.words[i]);
    }
    return combined;
  }

  /// Whether every bit of the other matrix is set here, too.
  public boolean contains(BitMatrix other) {
    for (int i = 0; i < words.length; i++) {
      if ((other.words[i] & ~words[i]) != 0) {
        return false;
      }
    }
    return true;
  }

  /// The number of bits that are set.
  public long count() {
    long count = 0;
    for (long word : words) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /// The number of bits that are set in a row.
  public int count(int row) {
    int count = 0;
    for (int w = row * rowWords; w < (row + 1) * rowWords; w++) {
      count += Long.bitCount(words[w]);
    }
    return count;
  }

  /// The number of bits that are set in each row.
  public void rowCounts(float[] outB) {
    for (int row = 0; row < rows; row++) {
      outB[row] = count(row);
    }
  }

  /// `outF[j]` = the number of bits that are set in column j, times a factor.
  public void columnCounts(Workers workers, float factor, float[] outF) {
    workers.forEach(
        rowWords,
        (w, _) -> {
          int[] counts = new int[WORD];
          for (int row = 0; row < rows; row++) {
            for (long left = words[row * rowWords + w]; left != 0; left &= left - 1) {
              counts[Long.numberOfTrailingZeros(left)]++;
            }
          }
          for (int j = w * WORD; j < Math.min(columns, (w + 1) * WORD); j++) {
            outF[j] = (float) ((double) factor * counts[j % WORD]);
          }
        });
  }

  /// `out = bit ? values : 0`, row by row without gaps; out may be the values.
  public void where(Workers workers, float[] values, float[] out) {
    workers.forEach(rows, (row, _) -> whereSet(row, 0, rowWords, values, row * columns, out));
  }

  private void whereSet(int row, int firstWord, int endWord, float[] values, int x, float[] out) {
    FloatVector zero = FloatVector.zero(Lanes.FLOATS);
    for (int w = firstWord; w < endWord; w++) {
      long word = words[row * rowWords + w];
      int end = Math.min(columns, (w + 1) * WORD);
      int j = w * WORD;
      for (; j + LANES <= end; j += LANES) {
        zero.blend(FloatVector.fromArray(Lanes.FLOATS, values, x + j), lanes(word, j))
            .intoArray(out, x + j);
      }
      for (; j < end; j++) {
        out[x + j] = (word >>> j & 1) != 0 ? values[x + j] : 0;
      }
    }
  }

  private static VectorMask<Float> lanes(long word, int column) {
    return VectorMask.fromLong(Lanes.FLOATS, word >>> column & -1L >>> (WORD - LANES));
  }

  /// 1 where a bit is set, else 0, row by row without gaps.
  public void toDense(Workers workers, float[] out) {
    Arrays.fill(out, 0, rows * columns, 1);
    where(workers, out, out);
  }

  /// `outF[j] = Σ_b values[b, j]` over the bits that are set, b ascending.
  ///
  /// |error| ≤ γ·Σ|aᵢ| with n = 33: blocks of 32 rows are added up in single precision, and the
  /// blocks in double.
  ///
  /// @param values row by row without gaps
  public void columnSums(Workers workers, float[] values, float[] outF) {
    workers.forEach(
        Math.ceilDiv(rowWords, WORDS_PER_TASK),
        (task, _) -> {
          int firstWord = task * WORDS_PER_TASK;
          int endWord = Math.min(rowWords, firstWord + WORDS_PER_TASK);
          int first = firstWord * WORD;
          int n = Math.min(columns, endWord * WORD) - first;
          float[] block = new float[WORDS_PER_TASK * WORD];
          double[] total = new double[WORDS_PER_TASK * WORD];
          for (int row = 0; row < rows; row += ROWS_IN_SINGLE) {
            Arrays.fill(block, 0);
            for (int r = row; r < Math.min(rows, row + ROWS_IN_SINGLE); r++) {
              for (int w = firstWord; w < endWord; w++) {
                int column = w * WORD;
                int end = Math.min(columns, column + WORD);
                addWhere(
                    words[r * rowWords + w],
                    end - column,
                    values,
                    r * columns + column,
                    block,
                    column - first);
              }
            }
            for (int j = 0; j < n; j++) {
              total[j] += block[j];
            }
          }
          for (int j = 0; j < n; j++) {
            outF[first + j] = (float) total[j];
          }
        });
  }

  /// `sums[at + j] += values[x + j]` for each j below n whose bit is set; n is at most 64.
  public static void addWhere(long bits, int n, float[] values, int x, float[] sums, int at) {
    int j = 0;
    for (; j + LANES <= n; j += LANES) {
      FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, sums, at + j);
      sum.add(FloatVector.fromArray(Lanes.FLOATS, values, x + j), lanes(bits, j))
          .intoArray(sums, at + j);
    }
    for (; j < n; j++) {
      sums[at + j] += (bits >>> j & 1) != 0 ? values[x + j] : 0;
    }
  }
}
