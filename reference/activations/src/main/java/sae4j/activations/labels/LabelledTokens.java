// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.labels;

import java.util.Arrays;
import java.util.List;

/// The labels of every token that a model read. Files are in two halves: features, thresholds and
/// probes are chosen on one and judged on the other.
///
/// Row i is the token of row i of the activations. A row of a text that is not Java belongs to
/// neither half.
public final class LabelledTokens {
  /// Which half of the files a row is from.
  public enum Half {
    /// Features, thresholds and probes are chosen on these files.
    CHOOSING(0),
    /// And judged on these.
    HELD_OUT(1);

    private final byte code;

    Half(int code) {
      this.code = (byte) code;
    }
  }

  public static final byte NO_HALF = -1;

  private final List<Label> labels;
  private final byte[] half;
  private final int[] file;
  private final int[] labelStart;
  private final short[] labelOfRow;
  private final int files;
  private final int skippedFiles;

  /// @param labels sorted by name
  /// @param half of each row: 0 to choose by, 1 held out, −1 for none
  /// @param file of each row, counted from 0 through the files of both halves
  /// @param labelStart N + 1 ascending offsets into `labelOfRow`
  /// @param labelOfRow the indices of each row's labels, ascending in each row
  /// @param skippedFiles how many texts were no Java
  public LabelledTokens(
      List<Label> labels,
      byte[] half,
      int[] file,
      int[] labelStart,
      short[] labelOfRow,
      int skippedFiles) {
    this.labels = List.copyOf(labels);
    this.half = half;
    this.file = file;
    this.labelStart = labelStart;
    this.labelOfRow = labelOfRow;
    this.files = Arrays.stream(file).max().orElse(-1) + 1;
    this.skippedFiles = skippedFiles;
  }

  /// The labels, sorted by name; everything else names them by their index here.
  public List<Label> labels() {
    return labels;
  }

  /// The index of a label; −1 where it has none.
  public int indexOf(Label label) {
    return labels.indexOf(label);
  }

  /// N, the number of rows, those without a half among them.
  public int rows() {
    return half.length;
  }

  /// Whether a row is in a half.
  public boolean isIn(Half which, int row) {
    return half[row] == which.code;
  }

  /// The rows of a half, ascending.
  public int[] rows(Half which) {
    int[] rows = new int[half.length];
    int count = 0;
    for (int row = 0; row < half.length; row++) {
      if (isIn(which, row)) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  /// The file that a row is from.
  public int file(int row) {
    return file[row];
  }

  /// The number of files in both halves.
  public int files() {
    return files;
  }

  /// How many texts were left out because they are not Java that the compiler can parse.
  public int skippedFiles() {
    return skippedFiles;
  }

  /// Where a row's labels begin in [#labelAt].
  public int firstLabel(int row) {
    return labelStart[row];
  }

  /// One past the end of a row's labels in [#labelAt].
  public int endOfLabels(int row) {
    return labelStart[row + 1];
  }

  /// The label at a position between [#firstLabel] and [#endOfLabels].
  public int labelAt(int position) {
    return labelOfRow[position];
  }

  /// Whether a label holds for a row.
  public boolean holds(int label, int row) {
    return Arrays.binarySearch(labelOfRow, labelStart[row], labelStart[row + 1], (short) label)
        >= 0;
  }

  /// For each label, on how many rows of a half it holds.
  public int[] positives(Half which) {
    int[] positives = new int[labels.size()];
    for (int row = 0; row < half.length; row++) {
      if (isIn(which, row)) {
        for (int i = labelStart[row]; i < labelStart[row + 1]; i++) {
          positives[labelOfRow[i]]++;
        }
      }
    }
    return positives;
  }
}
