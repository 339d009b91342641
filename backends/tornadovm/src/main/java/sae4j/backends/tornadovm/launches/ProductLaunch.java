// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.Products;
import sae4j.backends.tornadovm.kernels.groups.RowsAtCodes;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Kernel;

/// Launches of [Products] and [RowsAtCodes].
public sealed interface ProductLaunch extends Launch {
  /// At which position of the sizes [RowsAtCodes#weighedRows] finds whose entries it adds up.
  int BY_FEATURE = 9;

  /// Where the product goes, row after row.
  Memory<float[]> result();

  /// C = A·B of dense matrices.
  ///
  /// @param columns of C
  /// @param terms of each sum
  record DenseProduct(int columns, int terms, Dense a, Dense b, Memory<float[]> result)
      implements ProductLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.PRODUCT;
    }

    @Override
    public long count() {
      return result.size();
    }

    @Override
    public int[] sizes() {
      return ProductSizes.of(result.size(), columns, terms, a, b).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(a.memory(), b.memory(), result);
    }
  }

  /// C = codes·B.
  ///
  /// @param columns of C
  record Decoding(Sparse codes, Dense b, int columns, Memory<float[]> result)
      implements ProductLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.WEIGHED_ROWS;
    }

    @Override
    public long count() {
      return groups(codes.support().rows(), columns);
    }

    @Override
    public int group() {
      return RowsAtCodes.ADDING;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(codes.support().rows(), columns, codes.support().capacity())
          .at(3, b)
          .at(BY_FEATURE, 0)
          .toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(
          codes.values(), codes.support().columns(), codes.support().counts(), b.memory(), result);
    }
  }

  /// C = codesᵀ·B.
  ///
  /// @param lists the entries of each feature of the codes
  /// @param columns of C
  record TransposedDecoding(
      Sparse codes, FeatureLists lists, Dense b, int columns, Memory<float[]> result)
      implements ProductLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.WEIGHED_ROWS;
    }

    @Override
    public long count() {
      return groups(codes.support().features(), columns);
    }

    @Override
    public int group() {
      return RowsAtCodes.ADDING;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(codes.support().features(), columns, codes.support().capacity())
          .at(3, b)
          .at(BY_FEATURE, 1)
          .toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(codes.values(), lists.entries(), lists.starts(), b.memory(), result);
    }
  }

  private static long groups(int rows, int columns) {
    return (long) rows * Math.ceilDiv(columns, RowsAtCodes.SUMS * RowsAtCodes.ADDING);
  }

  /// A·B where the codes are active.
  ///
  /// @param terms of each sum
  record AtCodes(int terms, Dense a, Dense b, Sparse codes, Memory<float[]> result)
      implements ProductLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.PRODUCTS_AT_CODES;
    }

    @Override
    public long count() {
      return codes.support().rows();
    }

    @Override
    public int group() {
      return RowsAtCodes.MULTIPLYING;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(codes.support().rows(), terms, codes.support().capacity())
          .at(3, a)
          .at(6, b)
          .toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(
          a.memory(),
          b.memory(),
          codes.values(),
          codes.support().columns(),
          codes.support().counts(),
          result);
    }
  }
}
