// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import sae4j.activations.labels.Label;
import sae4j.activations.labels.LabelledTokens;

/// Labelled tokens made by hand, for tests of what is built on them.
final class HandLabelled {
  private HandLabelled() {}

  /// @param names of the labels, sorted
  /// @param fileOfRow files are counted from 0; even ones are chosen by, odd ones held out, and −1
  ///     is no Java
  /// @param labelsOfRow indices, ascending
  static LabelledTokens of(List<String> names, int[] fileOfRow, int[][] labelsOfRow) {
    byte[] half = new byte[fileOfRow.length];
    int[] start = new int[fileOfRow.length + 1];
    for (int row = 0; row < fileOfRow.length; row++) {
      half[row] = (byte) (fileOfRow[row] < 0 ? LabelledTokens.NO_HALF : fileOfRow[row] % 2);
      start[row + 1] = start[row] + labelsOfRow[row].length;
    }
    int[] flat = Arrays.stream(labelsOfRow).flatMapToInt(IntStream::of).toArray();
    short[] labels = new short[flat.length];
    for (int i = 0; i < flat.length; i++) {
      labels[i] = (short) flat[i];
    }
    int[] files = Arrays.stream(fileOfRow).map(file -> Math.max(0, file)).toArray();
    return new LabelledTokens(
        names.stream().map(Label::new).toList(), half, files, start, labels, 0);
  }
}
