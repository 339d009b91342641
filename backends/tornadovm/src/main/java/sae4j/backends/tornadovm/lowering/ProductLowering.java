// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import sae4j.backends.tornadovm.launches.ProductLaunch;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.MatrixForm;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.MatrixForm.SparseTransposed;
import sae4j.backends.tornadovm.matrices.Memory;

/// What products become: a dense product, or sums of rows where one operand is codes.
final class ProductLowering {
  private final Lowering lowering;

  ProductLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  /// A promised product, computed.
  MatrixForm promised(MatrixForm.Product product) {
    int rows = product.a().rows();
    int columns = product.b().columns();
    MatrixForm computed = product(product.a(), product.b());
    return lowering.elementwise().scaled(computed, rows, columns, product.factor());
  }

  private MatrixForm product(DeviceMatrix left, DeviceMatrix right) {
    int rows = left.rows();
    int columns = right.columns();
    return switch (lowering.computed(left)) {
      case Sparse codes -> decoding(codes, lowering.dense(right), columns);
      case SparseTransposed(Sparse codes) ->
          transposedDecoding(codes, lowering.dense(right), columns);
      default -> {
        Dense a = lowering.dense(left);
        yield switch (lowering.computed(right)) {
          // A·C = (Cᵀ·Aᵀ)ᵀ
          case Sparse codes -> transposedDecoding(codes, a.transposed(), rows).transposed();
          case SparseTransposed(Sparse codes) -> decoding(codes, a.transposed(), rows).transposed();
          default -> inOrder(a, lowering.dense(right), rows, left.columns(), columns);
        };
      }
    };
  }

  /// A·B. The gradient of a parameter that is wider than high then lies as the parameter does.
  private Dense inOrder(Dense a, Dense b, int rows, int terms, int columns) {
    boolean asTranspose = a.byColumns() && rows < columns;
    return asTranspose
        ? dense(b.transposed(), a.transposed(), columns, terms, rows).transposed()
        : dense(a, b, rows, terms, columns);
  }

  /// A·B, row-major.
  Dense dense(Dense a, Dense b, int rows, int terms, int columns) {
    Memory<float[]> product = Lowering.floats((long) rows * columns);
    lowering.launches().add(new ProductLaunch.DenseProduct(columns, terms, a, b, product));
    return Dense.rowMajor(product, columns);
  }

  /// codes·B.
  private Dense decoding(Sparse codes, Dense b, int columns) {
    Memory<float[]> product = Lowering.floats((long) codes.support().rows() * columns);
    lowering.launches().add(new ProductLaunch.Decoding(codes, b, columns, product));
    return Dense.rowMajor(product, columns);
  }

  /// codesᵀ·B.
  private Dense transposedDecoding(Sparse codes, Dense b, int columns) {
    var lists = lowering.featureLists().of(codes.support());
    Memory<float[]> product = Lowering.floats((long) codes.support().features() * columns);
    lowering
        .launches()
        .add(new ProductLaunch.TransposedDecoding(codes, lists, b, columns, product));
    return Dense.rowMajor(product, columns);
  }

  /// A·B where the codes are active.
  Sparse atCodes(Dense a, Dense b, int terms, Sparse codes) {
    Memory<float[]> products = Lowering.floats(codes.support().places());
    lowering.launches().add(new ProductLaunch.AtCodes(terms, a, b, codes, products));
    return new Sparse(codes.support(), products);
  }
}
