// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import org.jspecify.annotations.Nullable;
import sae4j.backends.vector.Phases.Phase;
import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Mask;
import sae4j.backends.vector.VectorStorage.Masked;
import sae4j.backends.vector.VectorStorage.Product;
import sae4j.backends.vector.VectorStorage.Product.Computed;
import sae4j.backends.vector.VectorStorage.Repeated;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.encoder.ColumnSumsSink;
import sae4j.backends.vector.parallel.Workers;

/// Masks, and what lies under them. Gradients of one product under several masks share its memory:
/// sums read it as it is, and the first that needs its elements as a matrix narrows it in place.
final class MaskedMatrices {
  private final Workers workers;
  private final Workspace workspace;
  private final DenseMatrices matrices;

  MaskedMatrices(Workers workers, Workspace workspace, DenseMatrices matrices) {
    this.workers = workers;
    this.workspace = workspace;
    this.matrices = matrices;
  }

  /// The signs of a result without elements below 0 and NaN; else null.
  @Nullable Mask signs(Dense a) {
    if (a.isParameter() || a.rows() <= 1 || a.columns() < Long.SIZE) {
      return null;
    }
    if (!DenseMatrices.isRowMajor(a)) {
      return null;
    }
    BitMatrix bits = new BitMatrix(a.rows(), a.columns());
    return bits.setPositive(workers, a.matrix()) ? new Mask(bits, workspace.lease()) : null;
  }

  /// A where the mask is set, else 0.
  ///
  /// @param a of the mask's shape
  VectorStorage under(VectorStorage a, Mask mask) {
    return switch (a) {
      case Masked masked when masked.mask.bits() == mask.bits() -> masked;
      case Masked masked ->
          new Masked(
              masked.values, new Mask(masked.mask.bits().and(mask.bits()), workspace.lease()));
      case Product product -> new Masked(product, mask);
      case Repeated repeated when !repeated.base().isParameter() -> new Masked(repeated, mask);
      case Dense dense when !dense.isParameter() -> new Masked(dense, mask);
      default -> where(matrices.dense(a), mask.bits());
    };
  }

  private Dense where(Dense a, BitMatrix bits) {
    Dense out = matrices.rowMajor(a.rows(), a.columns());
    bits.where(workers, matrices.inRows(a).matrix().values, out.matrix().values);
    return out;
  }

  /// Every element.
  Dense dense(Masked a) {
    BitMatrix bits = a.mask.bits();
    if (!(a.values instanceof Product product) || product.numbers() != null) {
      return where(matrices.dense(a.values), bits);
    }
    Computed known = product.computed();
    if (known != null && known.narrowedTo() != null && known.has(bits)) {
      return where(known.numbers(), bits);
    }
    Dense all = known == null || !known.has(bits) ? computed(product) : known.numbers();
    bits.where(workers, all.matrix().values, all.matrix().values);
    return product.keep(new Computed(all, bits)).numbers();
  }

  private Dense computed(Product product) {
    return matrices.inRows(matrices.compute(product, false));
  }

  /// Σ over each column.
  Dense columnSums(Masked a) {
    BitMatrix bits = a.mask.bits();
    if (a.values instanceof Repeated repeated
        && repeated.base().rows() == 1
        && repeated.base().columns() == 1) {
      return counts(bits, repeated.base().matrix().values[0]);
    }
    Dense out = matrices.rowMajor(1, a.columns());
    if (a.values instanceof Product product
        && product.isReadAtCodes()
        && matrices.stream(
            product, Phase.DENSE_PRODUCT, new ColumnSumsSink(bits, out.matrix().values))) {
      return out;
    }
    bits.columnSums(workers, superset(a.values, bits).matrix().values, out.matrix().values);
    return out;
  }

  /// Numbers that are those of the matrix at least under the mask, row-major.
  private Dense superset(VectorStorage values, BitMatrix bits) {
    if (!(values instanceof Product product) || product.numbers() != null) {
      return matrices.inRows(matrices.dense(values));
    }
    Computed known = product.computed();
    return known != null && known.has(bits)
        ? known.numbers()
        : product.keep(new Computed(computed(product), null)).numbers();
  }

  /// Σ over each column.
  Dense columnSums(Mask a) {
    return counts(a.bits(), 1);
  }

  private Dense counts(BitMatrix bits, float factor) {
    Dense out = matrices.rowMajor(1, bits.columns);
    bits.columnCounts(workers, factor, out.matrix().values);
    return out;
  }

  /// Σ over each row.
  Dense rowSums(Mask a) {
    Dense out = matrices.rowMajor(a.rows(), 1);
    a.bits().rowCounts(out.matrix().values);
    return out;
  }

  /// Σ over everything.
  Dense sum(Mask a) {
    Dense out = matrices.rowMajor(1, 1);
    out.matrix().values[0] = a.bits().count();
    return out;
  }
}
