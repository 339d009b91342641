// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static sae4j.backends.tornadovm.kernels.groups.Rounding.UNIT;
import static sae4j.backends.tornadovm.kernels.groups.Rounding.gamma;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Adam's updates in float beside the same formulas in double.
class AdamProperties {
  private static final int GROUPS = 3;

  /// η/(1 − β₁ᵗ), β₁, 1 − β₁, β₂, 1 − β₂, 1/√(1 − β₂ᵗ), ε, behind a scalar of another launch.
  private static final float[] NUMBERS = {7, 0.01f, 0.9f, 0.1f, 0.999f, 0.001f, 1.5f, 1e-8f};

  /// A matrix of random numbers, its rows or its columns one after the other.
  private record Matrix(float[] numbers, int rowStride, int columnStride) {
    static Matrix random(int rows, int columns, boolean byColumns, Random random) {
      float[] numbers = new float[rows * columns];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) random.nextGaussian();
      }
      return byColumns ? new Matrix(numbers, 1, rows) : new Matrix(numbers, columns, 1);
    }

    double at(int row, int column) {
      return numbers[row * rowStride + column * columnStride];
    }

    Matrix copy() {
      return new Matrix(numbers.clone(), rowStride, columnStride);
    }
  }

  /// One row's update in double, and how far one in float may be from it. Terms of second order are
  /// covered by taking every bound twice.
  private static final class Row {
    final double[] mean;
    final double[] meanBound;
    final double[] second;
    final double[] secondBound;
    final double[] weight;
    final double[] weightBound;

    Row(int row, int columns, Matrix p, Matrix g, Matrix m, Matrix v, boolean onSphere) {
      mean = new double[columns];
      meanBound = new double[columns];
      second = new double[columns];
      secondBound = new double[columns];
      weight = new double[columns];
      weightBound = new double[columns];
      double dot = 0;
      double dotSize = 0;
      for (int j = 0; onSphere && j < columns; j++) {
        dot += p.at(row, j) * g.at(row, j);
        dotSize += Math.abs(p.at(row, j) * g.at(row, j));
      }
      double square = 0;
      double squareBound = 0;
      for (int j = 0; j < columns; j++) {
        double w = p.at(row, j);
        double gradient = g.at(row, j) - dot * w;
        double error =
            onSphere
                ? gamma(columns + 1) * dotSize * Math.abs(w)
                    + gamma(2) * (Math.abs(g.at(row, j)) + Math.abs(dot * w))
                : 0;
        mean[j] = (double) NUMBERS[2] * m.at(row, j) + (double) NUMBERS[3] * gradient;
        double size = Math.abs(NUMBERS[2] * m.at(row, j)) + Math.abs(NUMBERS[3] * gradient);
        meanBound[j] = 2 * (NUMBERS[3] * error + gamma(3) * size);
        second[j] = (double) NUMBERS[4] * v.at(row, j) + (double) NUMBERS[5] * gradient * gradient;
        secondBound[j] = 2 * (NUMBERS[5] * 2 * Math.abs(gradient) * error + gamma(4) * second[j]);
        double root = Math.sqrt(second[j]) * NUMBERS[6] + NUMBERS[7];
        double rootBound =
            NUMBERS[6] * secondBound[j] / (2 * Math.sqrt(second[j])) + gamma(4) * root;
        double step = NUMBERS[1] * mean[j] / root;
        weight[j] = w - step;
        weightBound[j] =
            2
                * (NUMBERS[1] * meanBound[j] / root
                    + Math.abs(step) * (rootBound / root + gamma(3))
                    + UNIT * Math.abs(weight[j]));
        square += weight[j] * weight[j];
        squareBound += weightBound[j] * weightBound[j];
      }
      double length = Math.sqrt(square);
      for (int j = 0; onSphere && j < columns && length > 0; j++) {
        weight[j] /= length;
        weightBound[j] =
            2
                * ((weightBound[j] + Math.abs(weight[j]) * Math.sqrt(squareBound)) / length
                    + gamma(columns + 3) * Math.abs(weight[j]));
      }
    }
  }

  private static void check(
      int rows,
      int columns,
      boolean byColumns,
      boolean gradientByColumns,
      boolean onSphere,
      Random random) {
    Matrix p = Matrix.random(rows, columns, byColumns, random);
    Matrix m = Matrix.random(rows, columns, byColumns, random);
    Matrix v = Matrix.random(rows, columns, byColumns, random);
    Matrix g = Matrix.random(rows, columns, gradientByColumns, random);
    for (int i = 0; i < v.numbers.length; i++) {
      v.numbers[i] *= v.numbers[i];
    }
    Matrix before = p.copy();
    Matrix meansBefore = m.copy();
    Matrix secondsBefore = v.copy();
    int[] s = {rows, columns, p.rowStride, p.columnStride, 0, g.rowStride, g.columnStride, 0, 1, 0};
    float[] overflow = {1};
    run(onSphere, s, overflow, p, g, m, v);
    assertThat(p.numbers).as("a step that is repeated").isEqualTo(before.numbers);
    assertThat(m.numbers).isEqualTo(meansBefore.numbers);
    assertThat(v.numbers).isEqualTo(secondsBefore.numbers);
    run(onSphere, s, new float[] {-1}, p, g, m, v);
    for (int row = 0; row < rows; row++) {
      Row expected = new Row(row, columns, before, g, meansBefore, secondsBefore, onSphere);
      for (int j = 0; j < columns; j++) {
        assertThat(m.at(row, j)).isCloseTo(expected.mean[j], within(expected.meanBound[j]));
        assertThat(v.at(row, j)).isCloseTo(expected.second[j], within(expected.secondBound[j]));
        assertThat(p.at(row, j)).isCloseTo(expected.weight[j], within(expected.weightBound[j]));
      }
    }
  }

  private static void run(
      boolean onSphere, int[] s, float[] status, Matrix p, Matrix g, Matrix m, Matrix v) {
    WorkGroup.run(
        GROUPS,
        4,
        group -> {
          if (onSphere) {
            AdamUpdates.adamOnSphere(
                group, s, NUMBERS, status, p.numbers, g.numbers, m.numbers, v.numbers);
          } else {
            AdamUpdates.adam(group, s, NUMBERS, status, p.numbers, g.numbers, m.numbers, v.numbers);
          }
        });
  }

  @Property(tries = 60)
  void an_update_is_adam_s(
      @ForAll @IntRange(min = 1, max = 4) int rows,
      @ForAll @IntRange(min = 1, max = 150) int columns,
      @ForAll boolean gradientByColumns,
      @ForAll long seed) {
    check(rows, columns, false, gradientByColumns, false, new Random(seed));
  }

  /// The gradient without its part along the row, then Adam's update, then the row at length 1.
  @Property(tries = 60)
  void an_update_on_the_sphere_is_adam_s_of_what_is_left_of_the_gradient(
      @ForAll @IntRange(min = 1, max = 9) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll boolean byColumns,
      @ForAll boolean gradientByColumns,
      @ForAll long seed) {
    check(rows, columns, byColumns, gradientByColumns, true, new Random(seed));
  }
}
