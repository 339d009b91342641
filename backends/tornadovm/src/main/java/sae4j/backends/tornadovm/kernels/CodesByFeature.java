package sae4j.backends.tornadovm.kernels;

/// Codes read column by column: for each feature the list of its entries, in row order, so that a
/// gradient row is summed in a fixed order. The lists are made by
/// [sae4j.backends.tornadovm.kernels.groups.EntryLists].
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | threads; numbers |
/// | 7 | features of a chunk |
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

  /// `before[i]` = Σ of the numbers before i, and `before[s[1]]` the sum of all.
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

  /// Σ of each column of the codes.
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
