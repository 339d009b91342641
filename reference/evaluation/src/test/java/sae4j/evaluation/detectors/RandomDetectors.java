// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import sae4j.activations.labels.LabelledTokens;

/// Detectors with given columns, and random ones with many ties.
///
/// @param columns a number for each row; NaN where the row is left out
record RandomDetectors(float[][] columns) implements Detectors {
  /// @param distinct how many different numbers there are; few make many ties
  static RandomDetectors of(int count, int rows, double density, int distinct, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] columns = new float[count][rows];
    for (float[] column : columns) {
      for (int row = 0; row < rows; row++) {
        column[row] =
            random.nextDouble() < density ? random.nextInt(-distinct, distinct) / 8f : Float.NaN;
      }
    }
    return new RandomDetectors(columns);
  }

  /// Tokens of random files, some of no Java, with random labels.
  static LabelledTokens tokens(int rows, int labels, int files, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] file = new int[rows];
    int[][] labelsOfRow = new int[rows][];
    for (int row = 0; row < rows; row++) {
      file[row] = row * (files + 1) / rows - 1;
      labelsOfRow[row] =
          IntStream.range(0, labels).filter(l -> random.nextInt(l + 2) == 0).toArray();
    }
    List<String> names = new ArrayList<>();
    IntStream.range(0, labels).forEach(l -> names.add("label " + (char) ('a' + l)));
    return HandLabelled.of(names, file, labelsOfRow);
  }

  @Override
  public int count() {
    return columns.length;
  }

  /// Groups of three, so that there are several.
  @Override
  public List<int[]> groups() {
    List<int[]> groups = new ArrayList<>();
    for (int from = 0; from < columns.length; from += 3) {
      groups.add(IntStream.range(from, Math.min(from + 3, columns.length)).toArray());
    }
    return groups;
  }

  @Override
  public Columns read(int[] which) {
    float[][] read = Arrays.stream(which).mapToObj(i -> columns[i]).toArray(float[][]::new);
    return (index, rows, values) -> {
      int count = 0;
      for (int row = 0; row < read[index].length; row++) {
        if (!Float.isNaN(read[index][row])) {
          rows[count] = row;
          values[count++] = read[index][row];
        }
      }
      return count;
    };
  }
}
