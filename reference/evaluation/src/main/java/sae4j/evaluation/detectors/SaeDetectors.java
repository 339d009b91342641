// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// The features of an SAE as detectors. A feature's score is its code, and an inactive feature says
/// no. A feature that has codes below 0 (signed TopK, AbsTopK) scores 0 where it is inactive, so
/// that a threshold below 0 is one on its score like any other.
public final class SaeDetectors implements Detectors {
  private static final int BATCH = 2048;
  private static final long MOST_CODES = 32L << 20;

  private final Sae sae;
  private final ActivationSet activations;
  private final int[] active;
  private final boolean[] signed;

  /// Counts in one pass how often each feature is active, so that later passes allocate only what
  /// they need.
  ///
  /// @param activations as the SAE takes them
  /// @throws IllegalArgumentException if the widths differ
  public SaeDetectors(Sae sae, ActivationSet activations) {
    if (activations.width() != sae.activationDim()) {
      throw new IllegalArgumentException(
          ("activations are %d wide but the SAE takes %d: use activations of the hook point it was"
                  + " trained on")
              .formatted(activations.width(), sae.activationDim()));
    }
    this.sae = sae;
    this.activations = activations;
    this.active = new int[sae.dictSize()];
    this.signed = new boolean[sae.dictSize()];
    pass(
        (first, codesBF) -> {
          for (int i = 0; i < codesBF.count(); i++) {
            active[codesBF.column()[i]]++;
            signed[codesBF.column()[i]] |= codesBF.value()[i] < 0;
          }
        });
  }

  private interface Visitor {
    void visit(int first, SparseRows codesBF);
  }

  private void pass(Visitor visitor) {
    int rows = Math.toIntExact(activations.rows());
    for (int first = 0; first < rows; first += BATCH) {
      int count = Math.min(BATCH, rows - first);
      float[] rowsBD = activations.block(first, count);
      visitor.visit(first, sae.codes(count, activations.width(), rowsBD));
    }
  }

  /// The codes of some rows, in the order given.
  SparseRows codes(int[] rows) {
    int width = activations.width();
    float[] rowsBD = new float[Math.multiplyExact(rows.length, width)];
    for (int b = 0; b < rows.length; b++) {
      activations.read(rows[b], rowsBD, b * width);
    }
    return sae.codes(rows.length, width, rowsBD);
  }

  /// The SAE.
  Sae sae() {
    return sae;
  }

  @Override
  public int count() {
    return active.length;
  }

  /// The number of rows on which each feature is active.
  public int[] active() {
    return active.clone();
  }

  @Override
  public List<int[]> groups() {
    List<int[]> groups = new ArrayList<>();
    int from = 0;
    long codes = 0;
    for (int f = 0; f < active.length; f++) {
      if (f > from && codes + active[f] > MOST_CODES) {
        groups.add(range(from, f));
        from = f;
        codes = 0;
      }
      codes += active[f];
    }
    groups.add(range(from, active.length));
    return groups;
  }

  private static int[] range(int from, int to) {
    int[] range = new int[to - from];
    Arrays.setAll(range, i -> from + i);
    return range;
  }

  @Override
  public Columns read(int[] which) {
    int[] position = new int[active.length];
    Arrays.fill(position, -1);
    int[] next = new int[which.length + 1];
    for (int i = 0; i < which.length; i++) {
      position[which[i]] = i;
      next[i + 1] = Math.addExact(next[i], active[which[i]]);
    }
    int[] start = next.clone();
    int[] row = new int[start[which.length]];
    float[] value = new float[row.length];
    pass(
        (first, codesBF) -> {
          for (int b = 0; b < codesBF.rows(); b++) {
            for (int i = codesBF.rowStart()[b]; i < codesBF.rowStart()[b + 1]; i++) {
              int column = position[codesBF.column()[i]];
              if (column >= 0) {
                row[next[column]] = first + b;
                value[next[column]++] = codesBF.value()[i];
              }
            }
          }
        });
    return (index, rows, values) -> {
      int count = start[index + 1] - start[index];
      if (signed[which[index]]) {
        return copyAll(row, value, start[index], start[index + 1], rows, values);
      }
      System.arraycopy(row, start[index], rows, 0, count);
      System.arraycopy(value, start[index], values, 0, count);
      return count;
    };
  }

  /// Every row, with 0 where a feature is inactive.
  private int copyAll(int[] row, float[] value, int from, int to, int[] rows, float[] values) {
    int all = Math.toIntExact(activations.rows());
    Arrays.setAll(rows, i -> i);
    Arrays.fill(values, 0, all, 0);
    for (int i = from; i < to; i++) {
      values[row[i]] = value[i];
    }
    return all;
  }
}
