// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.List;

/// Activations of one hook point: a matrix with a row for each token, in memory or in a file,
/// readable in any order and by several threads.
public interface ActivationSet {
  /// The number of tokens.
  long rows();

  /// D, the width of an activation.
  int width();

  /// Copies one row.
  ///
  /// @param row from 0
  /// @param into receives D numbers
  /// @param offset where in `into`
  void read(long row, float[] into, int offset);

  /// Copies rows that follow each other.
  ///
  /// @param first from 0
  /// @param into receives count·D numbers, row-major, from its start on
  default void readRows(long first, int count, float[] into) {
    for (int i = 0; i < count; i++) {
      read(first + i, into, i * width());
    }
  }

  /// `count` rows from `first` on, row-major, in an array of their own.
  default float[] block(long first, int count) {
    float[] rowsBD = new float[Math.multiplyExact(count, width())];
    readRows(first, count, rowsBD);
    return rowsBD;
  }

  /// `count` rows from `first` on.
  default ActivationSet slice(long first, long count) {
    ActivationSet whole = this;
    return new ActivationSet() {
      @Override
      public long rows() {
        return count;
      }

      @Override
      public int width() {
        return whole.width();
      }

      @Override
      public void read(long row, float[] into, int offset) {
        whole.read(first + row, into, offset);
      }
    };
  }

  /// The same rows, each number multiplied.
  default ActivationSet scaled(double factor) {
    return withRows(
        (rows, from, to) -> {
          for (int d = from; d < to; d++) {
            rows[d] = (float) (factor * rows[d]);
          }
        });
  }

  /// The same rows, each less its mean over the width.
  default ActivationSet centred() {
    return withRows(
        (rows, from, to) -> {
          double sum = 0;
          for (int d = from; d < to; d++) {
            sum += rows[d];
          }
          double mean = sum / (to - from);
          for (int d = from; d < to; d++) {
            rows[d] = (float) (rows[d] - mean);
          }
        });
  }

  /// As many rows of the same width, each changed as it is read.
  private ActivationSet withRows(RowChange change) {
    ActivationSet whole = this;
    return new ActivationSet() {
      @Override
      public long rows() {
        return whole.rows();
      }

      @Override
      public int width() {
        return whole.width();
      }

      @Override
      public void read(long row, float[] into, int offset) {
        whole.read(row, into, offset);
        change.apply(into, offset, offset + width());
      }
    };
  }

  /// Activations of the same tokens at several hook points, side by side in each row.
  ///
  /// @param sets at least one, all of as many rows
  /// @throws IllegalArgumentException if their rows differ in number
  static ActivationSet sideBySide(List<ActivationSet> sets) {
    ActivationSet first = sets.getFirst();
    if (sets.size() == 1) {
      return first;
    }
    for (ActivationSet set : sets) {
      if (set.rows() != first.rows()) {
        throw new IllegalArgumentException(
            "activations of %,d and of %,d tokens do not stand side by side: give those of the"
                    .formatted(first.rows(), set.rows())
                + " same tokens");
      }
    }
    int width = sets.stream().mapToInt(ActivationSet::width).sum();
    return new ActivationSet() {
      @Override
      public long rows() {
        return first.rows();
      }

      @Override
      public int width() {
        return width;
      }

      @Override
      public void read(long row, float[] into, int offset) {
        int next = offset;
        for (ActivationSet set : sets) {
          set.read(row, into, next);
          next += set.width();
        }
      }
    };
  }

  /// Activations in an array.
  ///
  /// @param rowMajor rows·width numbers
  static ActivationSet of(float[] rowMajor, int width) {
    return new ActivationSet() {
      @Override
      public long rows() {
        return rowMajor.length / width;
      }

      @Override
      public int width() {
        return width;
      }

      @Override
      public void read(long row, float[] into, int offset) {
        System.arraycopy(rowMajor, Math.toIntExact(row * width), into, offset, width);
      }
    };
  }
}
