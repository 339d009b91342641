// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import sae4j.backends.tornadovm.launches.CodesByFeatureLaunch;
import sae4j.backends.tornadovm.launches.CodesLaunch;
import sae4j.backends.tornadovm.launches.ReductionLaunch;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.MatrixForm;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.MatrixForm.SparseTransposed;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Reduction;

/// What sums become, and the search for the smallest active element. A sum that would keep too few
/// threads busy is taken in parts, and a second launch adds the parts.
final class ReductionLowering {
  /// Enough threads to keep a device busy.
  private static final int BUSY = 1 << 16;

  private static final int MOST_PARTS = 64;

  /// Fewer terms are not worth a part.
  private static final int TERMS_OF_A_PART = 8;

  /// Parts of codes at most of which the smallest is found separately.
  private static final int PARTS_OF_CODES = 1 << 14;

  private final Lowering lowering;

  ReductionLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  Dense rowSums(DeviceMatrix operand) {
    if (lowering.computed(operand) instanceof Sparse codes) {
      Memory<float[]> sums = Lowering.floats(codes.support().rows());
      lowering.launches().add(new CodesLaunch.RowSums(codes, sums));
      return Dense.rowMajor(sums, 1);
    }
    Dense a = lowering.dense(operand);
    return Dense.rowMajor(reduced(Reduction.SUM, a, operand.rows(), operand.columns()), 1);
  }

  MatrixForm columnSums(DeviceMatrix operand) {
    if (lowering.form(operand) instanceof MatrixForm.Product product && isDense(product)) {
      return columnSums(product);
    }
    return computedColumnSums(operand);
  }

  private boolean isDense(MatrixForm.Product product) {
    return !(lowering.computed(product.a()) instanceof SparseTransposed)
        && product.a().rows() > 1
        && lowering.computed(product.b()) instanceof Dense;
  }

  private Dense computedColumnSums(DeviceMatrix operand) {
    int columns = operand.columns();
    if (lowering.computed(operand) instanceof Sparse codes) {
      Memory<float[]> sums = Lowering.floats(codes.support().features());
      lowering
          .launches()
          .add(
              new CodesByFeatureLaunch.ColumnSums(
                  codes, lowering.featureLists().of(codes.support()), sums));
      return Dense.rowMajor(sums, columns);
    }
    Dense a = lowering.dense(operand);
    return Dense.rowMajor(reduced(Reduction.SUM, a.transposed(), columns, operand.rows()), columns);
  }

  /// Σ over the rows of f·A·B, computed as f·(Σ over the rows of A)·B. The product itself is never
  /// needed.
  private MatrixForm columnSums(MatrixForm.Product product) {
    int terms = product.a().columns();
    int columns = product.b().columns();
    Dense sums = (Dense) columnSums(product.a());
    Dense b = lowering.dense(product.b());
    Dense ofProduct = lowering.products().dense(sums, b, 1, terms, columns);
    return lowering.elementwise().scaled(ofProduct, 1, columns, product.factor());
  }

  MatrixForm sum(DeviceMatrix operand) {
    Dense perRow = rowSums(operand);
    Dense oneRow = perRow.view(perRow.offset(), 0, 1);
    return Dense.rowMajor(reduced(Reduction.SUM, oneRow, 1, operand.rows()), 1);
  }

  MatrixForm smallestActive(DeviceMatrix operand) {
    Memory<float[]> ofParts =
        switch (lowering.computed(operand)) {
          case Sparse codes -> smallestActive(codes);
          case SparseTransposed(Sparse codes) -> smallestActive(codes);
          default ->
              reduced(
                  Reduction.SMALLEST_ACTIVE,
                  lowering.dense(operand),
                  operand.rows(),
                  operand.columns());
        };
    Dense parts = Dense.rowMajor(ofParts, 1).view(0, 0, 1);
    return Dense.rowMajor(reduced(Reduction.SMALLEST_ACTIVE, parts, 1, ofParts.size()), 1);
  }

  /// The smallest active element of each of some parts of the codes.
  private Memory<float[]> smallestActive(Sparse codes) {
    int parts = Math.clamp(codes.support().places(), 1, PARTS_OF_CODES);
    Memory<float[]> smallest = Lowering.floats(parts);
    lowering.launches().add(new CodesLaunch.Smallest(codes, smallest));
    return smallest;
  }

  /// The reduction of each row of A.
  private Memory<float[]> reduced(Reduction reduction, Dense a, int rows, int terms) {
    int parts = parts(rows, terms);
    Memory<float[]> results = Lowering.floats((long) rows * parts);
    lowering.launches().add(new ReductionLaunch.Rows(reduction, parts, terms, a, results));
    return joined(reduction, results, rows, parts);
  }

  /// Σ A ⊙ B of each row.
  Memory<float[]> rowDots(Dense a, Dense b, int rows, int columns) {
    int parts = parts(rows, columns);
    Memory<float[]> dots = Lowering.floats((long) rows * parts);
    lowering.launches().add(new ReductionLaunch.Dots(parts, columns, a, b, dots));
    return joined(Reduction.SUM, dots, rows, parts);
  }

  /// The reduction of the parts of each row.
  private Memory<float[]> joined(
      Reduction reduction, Memory<float[]> parts, int rows, int partsOfEach) {
    if (partsOfEach == 1) {
      return parts;
    }
    Memory<float[]> results = Lowering.floats(rows);
    lowering
        .launches()
        .add(
            new ReductionLaunch.Rows(
                reduction, 1, partsOfEach, Dense.rowMajor(parts, partsOfEach), results));
    return results;
  }

  /// In how many parts to take each of `count` reductions.
  private static int parts(int count, int terms) {
    int most = Math.min(MOST_PARTS, Math.min(BUSY / Math.max(count, 1), terms / TERMS_OF_A_PART));
    return most < 2 ? 1 : Integer.highestOneBit(most);
  }
}
