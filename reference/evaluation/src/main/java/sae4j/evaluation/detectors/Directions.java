// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.tensor.Backend;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// Directions in the space of activations as dense detectors: x·w, and −x·w if both signs are used.
/// Any threshold is possible, so a direction needs no bias.
public final class Directions implements Detectors {
  private static final int BATCH = 4096;
  private static final long MOST_NUMBERS = 32L << 20;

  private final ActivationSet activations;
  private final Backend backend;
  private final double[][] directions;
  private final boolean bothSigns;

  private Directions(
      double[][] directions, boolean bothSigns, ActivationSet activations, Backend backend) {
    this.directions = directions;
    this.bothSigns = bothSigns;
    this.activations = activations;
    this.backend = backend;
  }

  /// Given directions, each with one sign, in the given order.
  public static Directions of(double[][] directions, ActivationSet activations, Backend backend) {
    return new Directions(directions, false, activations, backend);
  }

  /// Directions drawn uniformly from the sphere, each with both signs.
  ///
  /// @param count how many directions; there are twice as many detectors
  public static Directions random(
      int count, long seed, ActivationSet activations, Backend backend) {
    Tensor unitFD = Initialiser.unitNormRows(backend, count, activations.width(), seed);
    return new Directions(rows(unitFD.toDoubles(), count), true, activations, backend);
  }

  /// The neurons of the activation, each with both signs.
  public static Directions neurons(ActivationSet activations, Backend backend) {
    double[][] identity = new double[activations.width()][activations.width()];
    for (int d = 0; d < identity.length; d++) {
      identity[d][d] = 1;
    }
    return new Directions(identity, true, activations, backend);
  }

  /// The principal components of the activations, each with both signs.
  ///
  /// @param rows the rows that the covariance is computed from
  public static Directions principalComponents(
      ActivationSet activations, int[] rows, Backend backend) {
    return new Directions(PrincipalComponents.of(activations, rows), true, activations, backend);
  }

  private static double[][] rows(double[] rowMajor, int count) {
    int width = rowMajor.length / count;
    double[][] rows = new double[count][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(rowMajor, i * width, (i + 1) * width));
    return rows;
  }

  @Override
  public int count() {
    return directions.length * (bothSigns ? 2 : 1);
  }

  /// Detectors 2i and 2i + 1 are the two signs of one direction.
  private int directionOf(int detector) {
    return bothSigns ? detector / 2 : detector;
  }

  @Override
  public List<int[]> groups() {
    int size = (int) Math.max(2, MOST_NUMBERS / Math.max(1, activations.rows()) / 2 * 2);
    List<int[]> groups = new ArrayList<>();
    for (int from = 0; from < count(); from += size) {
      int first = from;
      int[] group = new int[Math.min(size, count() - from)];
      Arrays.setAll(group, i -> first + i);
      groups.add(group);
    }
    return groups;
  }

  @Override
  public Columns read(int[] which) {
    int[] needed = Arrays.stream(which).map(this::directionOf).distinct().sorted().toArray();
    int width = activations.width();
    int rows = Math.toIntExact(activations.rows());
    double[] rowMajor = new double[width * needed.length];
    for (int m = 0; m < needed.length; m++) {
      for (int d = 0; d < width; d++) {
        rowMajor[d * needed.length + m] = directions[needed[m]][d];
      }
    }
    Tensor weightsDM = Tensor.of(backend, width, needed.length, rowMajor);
    float[][] columns = new float[needed.length][rows];
    for (int first = 0; first < rows; first += BATCH) {
      int count = Math.min(BATCH, rows - first);
      float[] productBM =
          Tensor.of(backend, count, width, activations.block(first, count))
              .matmul(weightsDM)
              .toFloats();
      for (int b = 0; b < count; b++) {
        for (int m = 0; m < needed.length; m++) {
          columns[m][first + b] = productBM[b * needed.length + m];
        }
      }
    }
    return (index, rowsOut, valuesOut) -> {
      float[] column = columns[Arrays.binarySearch(needed, directionOf(which[index]))];
      float sign = bothSigns && which[index] % 2 == 1 ? -1 : 1;
      for (int row = 0; row < rows; row++) {
        rowsOut[row] = row;
        valuesOut[row] = sign * column[row];
      }
      return rows;
    };
  }
}
