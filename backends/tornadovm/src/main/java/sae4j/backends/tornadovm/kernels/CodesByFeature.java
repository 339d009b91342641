// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

/// Row-sparse codes, read feature by feature. Each feature has a list of its entries in the order
/// of the rows, so every sum over them has a fixed order. The lists are made by
/// [sae4j.backends.tornadovm.kernels.groups.EntryLists] and by sums of counts here. The property
/// `CodesByFeatureProperties` compares the kernels with loops.
///
/// | s | meaning |
/// |---|---|
/// | 0 | threads: chunks, or features |
/// | 1 | numbers |
/// | 7 | numbers of a chunk |
public final class CodesByFeature {
  private CodesByFeature() {}

  /// Σ of each chunk of s[7] numbers.
  public static void chunkSums(int[] s, int[] numbers, int[] sums) {
    for (@Parallel int chunk = 0; chunk < s[0]; chunk++) {
      int last = Math.min((chunk + 1) * s[7], s[1]);
      int sum = 0;
      for (int i = chunk * s[7]; i < last; i++) {
        sum += numbers[i];
      }
      sums[chunk] = sum;
    }
  }

  /// `before[i]` = Σ of the numbers before i, and `before[s[1]]` = Σ of all.
  public static void sumsBefore(int[] s, int[] numbers, int[] chunkSums, int[] before) {
    for (@Parallel int chunk = 0; chunk < s[0]; chunk++) {
      int last = Math.min((chunk + 1) * s[7], s[1]);
      int sum = 0;
      for (int i = 0; i < chunk; i++) {
        sum += chunkSums[i];
      }
      for (int i = chunk * s[7]; i < last; i++) {
        before[i] = sum;
        sum += numbers[i];
      }
      if (last == s[1]) {
        before[last] = sum;
      }
    }
  }

  /// `columnSums`: c = Σ of each column of the codes.
  public static void columnSumsOfCodes(
      int[] s, float[] values, int[] starts, int[] entries, float[] c) {
    for (@Parallel int feature = 0; feature < s[0]; feature++) {
      int last = starts[feature + 1];
      float sum = 0;
      for (int j = starts[feature]; j < last; j++) {
        sum += values[entries[j]];
      }
      c[feature] = sum;
    }
  }
}
