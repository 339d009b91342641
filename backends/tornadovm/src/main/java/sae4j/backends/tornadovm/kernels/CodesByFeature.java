package sae4j.backends.tornadovm.kernels;

/// Codes read column by column: for each feature the list of its entries, in row order, so that a
/// gradient row is summed in a fixed order. The lists are made by
/// [sae4j.backends.tornadovm.kernels.groups.EntryLists].
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | threads; columns of the result, or features |
/// | 2, 3 | capacity; width of a slice |
/// | 4, 5, 6 | where the dense operand begins; its strides |
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

  /// C = codesᵀ·B, row-major; 2·D flops an active element. Threads go through C slice by slice, as in
  /// `Codes#decode`; s[3] is the width of a slice.
  public static void transposedProduct(
      int[] s, float[] values, int[] starts, int[] entries, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int feature = Slices.row(i, s[0], s[1], s[3]);
      int inner = Slices.column(i, s[0], s[1], s[3]);
      int last = starts[feature + 1];
      int from = s[4] + inner * s[6];
      float sum = 0;
      for (int j = starts[feature]; j < last; j++) {
        int entry = entries[j];
        sum += values[entry] * b[from + entry / s[2] * s[5]];
      }
      c[feature * s[1] + inner] = sum;
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
