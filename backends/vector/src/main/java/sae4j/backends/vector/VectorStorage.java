// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import org.jspecify.annotations.Nullable;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.dense.Matrix;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;

/// The forms in which this backend holds a matrix.
///
/// [Dense], [Sparse] and [Mask] hold elements. [Product], [Repeated] and [Masked] are lazy: a
/// matrix product that has not been computed, a small matrix that stands for its repetitions, and a
/// matrix of which only the elements under a mask count. Most lazy matrices are consumed in a
/// cheaper form than a full matrix. A top-k streams over the tiles of the encoder product. The
/// gradient with respect to codes is computed at their active elements. A parameter's gradient is
/// computed row by row inside Adam.
sealed interface VectorStorage extends Storage {

  /// @throws IllegalStateException if the memory belongs to a step that has ended
  default void requireAlive() {
    switch (this) {
      case Dense dense when dense.lease != null -> dense.lease.require();
      case Sparse sparse when sparse.lease != null -> sparse.lease.require();
      case Repeated repeated -> repeated.base.requireAlive();
      case Product product -> {
        product.left.requireAlive();
        product.right.requireAlive();
      }
      case Mask mask when mask.lease != null -> mask.lease.require();
      case Masked masked -> {
        masked.values.requireAlive();
        masked.mask.requireAlive();
      }
      default -> {}
    }
  }

  /// Every element, in row-major or column-major order.
  ///
  /// @param matrix the view of the elements
  /// @param version counts changes in place; null for results, which never change
  /// @param lease ends with the step that made it; null for storage that outlives steps
  record Dense(Matrix matrix, @Nullable Version version, @Nullable Lease lease)
      implements VectorStorage {
    @Override
    public int rows() {
      return matrix.rows;
    }

    @Override
    public int columns() {
      return matrix.columns;
    }

    @Override
    public Layout layout() {
      return Layout.DENSE;
    }

    Dense transposed() {
      return new Dense(matrix.transposed(), version, lease);
    }

    boolean isParameter() {
      return version != null;
    }
  }

  /// Row-sparse codes, or, transposed, column-sparse ones.
  ///
  /// @param support where elements are stored; shared with gradients with respect to these codes
  /// @param value the value of each stored element; zeros are possible
  /// @param transposed whether this is the transpose of the codes
  record Sparse(Support support, float[] value, boolean transposed, @Nullable Lease lease)
      implements VectorStorage {
    @Override
    public int rows() {
      return transposed ? support.codes().columns : support.codes().rows;
    }

    @Override
    public int columns() {
      return transposed ? support.codes().rows : support.codes().columns;
    }

    @Override
    public Layout layout() {
      return transposed ? Layout.DENSE : Layout.ROW_SPARSE;
    }

    /// The codes with these values, as the kernels take them.
    Codes codes() {
      return support.codes().withValues(value);
    }

    int count() {
      return support.codes().count();
    }

    Sparse withValues(float[] values) {
      return new Sparse(support, values, transposed, lease);
    }
  }

  /// A·B, plus a bias row added to each row if there is one.
  final class Product implements VectorStorage {
    final VectorStorage left;
    final VectorStorage right;
    final @Nullable Dense bias;
    private final long versions;
    private @Nullable Dense numbers;
    private @Nullable Computed computed;
    private boolean readAtCodes;

    Product(VectorStorage left, VectorStorage right, @Nullable Dense bias) {
      this.left = left;
      this.right = right;
      this.bias = bias;
      this.versions = currentVersions();
    }

    private long currentVersions() {
      return version(left) + version(right) + (bias == null ? 0 : version(bias));
    }

    private static long version(VectorStorage storage) {
      return storage instanceof Dense dense && dense.version != null ? dense.version.count : 0;
    }

    /// @throws IllegalStateException if one of its parameters has changed since
    void requireUnchanged() {
      if (versions != currentVersions()) {
        throw new IllegalStateException(
            ("a product of %d×%d was not read before a parameter in it was changed in place: "
                    + "read it earlier")
                .formatted(rows(), columns()));
      }
    }

    @Nullable Dense numbers() {
      return numbers;
    }

    Dense keep(Dense computed) {
      numbers = computed;
      return computed;
    }

    /// Says that codes take the few elements that they need of it.
    void readAtCodes() {
      readAtCodes = true;
    }

    /// Whether codes took the few elements that they need of it: then nobody needs all of them as a
    /// matrix, and a sum over many of them is better read from a stream.
    boolean isReadAtCodes() {
      return readAtCodes;
    }

    /// What was computed of it for [Masked] matrices.
    @Nullable Computed computed() {
      return computed;
    }

    Computed keep(Computed computed) {
      this.computed = computed;
      return computed;
    }

    /// The elements of a product that masks have left.
    ///
    /// @param numbers row-major
    /// @param narrowedTo where its elements are those of the product, and 0 elsewhere; null while
    ///     all are there, and then the memory may still be narrowed
    record Computed(Dense numbers, @Nullable BitMatrix narrowedTo) {
      boolean has(BitMatrix bits) {
        return narrowedTo == null || narrowedTo.equals(bits) || narrowedTo.contains(bits);
      }
    }

    @Override
    public int rows() {
      return left.rows();
    }

    @Override
    public int columns() {
      return right.columns();
    }

    @Override
    public Layout layout() {
      return Layout.DENSE;
    }
  }

  /// A 1×1, 1×columns or rows×1 matrix that stands for rows×columns.
  record Repeated(Dense base, int rows, int columns) implements VectorStorage {
    @Override
    public Layout layout() {
      return Layout.DENSE;
    }
  }

  /// 1 where a bit is set, else 0.
  record Mask(BitMatrix bits, @Nullable Lease lease) implements VectorStorage {
    @Override
    public int rows() {
      return bits.rows;
    }

    @Override
    public int columns() {
      return bits.columns;
    }

    @Override
    public Layout layout() {
      return Layout.DENSE;
    }
  }

  /// The values where the mask is set, else 0.
  final class Masked implements VectorStorage {
    final VectorStorage values;
    final Mask mask;
    private @Nullable Dense numbers;

    /// @param values a result of the mask's shape: dense, repeated or a product
    Masked(VectorStorage values, Mask mask) {
      this.values = values;
      this.mask = mask;
    }

    @Nullable Dense numbers() {
      return numbers;
    }

    Dense keep(Dense computed) {
      numbers = computed;
      return computed;
    }

    @Override
    public int rows() {
      return mask.rows();
    }

    @Override
    public int columns() {
      return mask.columns();
    }

    @Override
    public Layout layout() {
      return Layout.DENSE;
    }
  }

  /// Counts the changes of a parameter in place.
  final class Version {
    private long count;

    void changed() {
      count++;
    }
  }

  /// The lease of a step's results on their memory.
  final class Lease {
    private boolean ended;

    void end() {
      ended = true;
    }

    /// @throws IllegalStateException if the step has ended
    void require() {
      if (ended) {
        throw new IllegalStateException(
            "a result of a step is used after the step has ended: return its value from the step");
      }
    }
  }
}
