package sae4j.backends.tornadovm.kernels;

/// Codes read column by column: for each feature the list of its entries, in row order, so that a
/// gradient row is summed by one thread in a fixed order. No atomic operation is needed, which not
/// every device has: a thread a feature looks itself up in every row.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | threads; columns of the result, or features |
/// | 2, 3 | capacity; rows of the codes |
/// | 4, 5, 6 | where the dense operand begins; its strides |
/// | 7 | features of a chunk |
public final class CodesByFeature {
  private CodesByFeature() {}

  /// The place of a feature among the entries of a row, or −1: a search by halves.
  static int find(int[] columns, int first, int count, int feature) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) / 2;
      int above = 0;
      if (columns[first + middle] >= feature) {
        above = 1;
      }
      // without a branch, for the sake of compilers that merge loops badly
      high = above * middle + (1 - above) * high;
      low = above * low + (1 - above) * (middle + 1);
    }
    int found = -1;
    if (low < count) {
      if (columns[first + low] == feature) {
        found = first + low;
      }
    }
    return found;
  }

  /// In how many rows each feature is active.
  public static void countRows(int[] s, int[] columns, int[] counts, int[] active) {
    for (@Parallel int feature = 0; feature < s[0]; feature++) {
      int count = 0;
      for (int row = 0; row < s[3]; row++) {
        if (find(columns, row * s[2], counts[row], feature) >= 0) {
          count = count + 1;
        }
      }
      active[feature] = count;
    }
  }

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

  /// The entries of each feature, `starts[f] … starts[f + 1] − 1`, in row order.
  public static void listEntries(
      int[] s, int[] columns, int[] counts, int[] starts, int[] entries) {
    for (@Parallel int feature = 0; feature < s[0]; feature++) {
      int next = starts[feature];
      for (int row = 0; row < s[3]; row++) {
        int entry = find(columns, row * s[2], counts[row], feature);
        if (entry >= 0) {
          entries[next] = entry;
          next = next + 1;
        }
      }
    }
  }

  /// C = codesᵀ·B, row-major; 2·D flops an active element.
  public static void transposedProduct(
      int[] s, float[] values, int[] starts, int[] entries, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int feature = i / s[1];
      int inner = i - feature * s[1];
      int last = starts[feature + 1];
      float sum = 0;
      for (int j = starts[feature]; j < last; j++) {
        int entry = entries[j];
        sum += values[entry] * b[s[4] + entry / s[2] * s[5] + inner * s[6]];
      }
      c[i] = sum;
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
