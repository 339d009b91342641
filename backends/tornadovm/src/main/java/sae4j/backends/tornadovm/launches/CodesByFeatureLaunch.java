// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.CodesByFeature;
import sae4j.backends.tornadovm.kernels.groups.EntryLists;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.matrices.Support;
import sae4j.backends.tornadovm.registry.Kernel;

/// Launches of [CodesByFeature] and [EntryLists]: row-sparse codes, read feature by feature.
public sealed interface CodesByFeatureLaunch extends Launch {
  /// At which position of the sizes [CodesByFeature] finds the length of a chunk.
  int CHUNK = 7;

  /// Σ of each chunk of the numbers.
  ///
  /// @param chunk numbers of a chunk
  /// @param sums one for each chunk
  record ChunkSums(Memory<int[]> numbers, int chunk, Memory<int[]> sums)
      implements CodesByFeatureLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.CHUNK_SUMS;
    }

    @Override
    public long count() {
      return sums.size();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(sums.size(), numbers.size()).at(CHUNK, chunk).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(numbers, sums);
    }
  }

  /// Σ of the numbers before each, and of all.
  ///
  /// @param chunk numbers of a chunk
  /// @param chunkSums Σ of each chunk
  /// @param before one more than there are numbers
  record SumsBefore(Memory<int[]> numbers, int chunk, Memory<int[]> chunkSums, Memory<int[]> before)
      implements CodesByFeatureLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.SUMS_BEFORE;
    }

    @Override
    public long count() {
      return chunkSums.size();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(chunkSums.size(), numbers.size()).at(CHUNK, chunk).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(numbers, chunkSums, before);
    }
  }

  /// Σ of each column of the codes.
  record ColumnSums(Sparse codes, FeatureLists lists, Memory<float[]> result)
      implements CodesByFeatureLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.COLUMN_SUMS_OF_CODES;
    }

    @Override
    public long count() {
      return codes.support().features();
    }

    @Override
    public int[] sizes() {
      return Sizes.of(codes.support().features()).toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(codes.values(), lists.starts(), lists.entries(), result);
    }
  }

  /// In how many rows each feature is active, or the entries of each feature. One kernel does both,
  /// and each leaves memories untouched that the other one needs.
  record Entries(
      Support support, boolean lists, Memory<int[]> starts, Memory<int[]> active, Memory<int[]> all)
      implements CodesByFeatureLaunch {
    /// Counts the rows in which each feature is active.
    public static Entries count(Support support, Memory<int[]> active) {
      return new Entries(support, false, untouched(), active, untouched());
    }

    /// Lists the entries of each feature.
    public static Entries list(Support support, FeatureLists lists) {
      return new Entries(support, true, lists.starts(), untouched(), lists.entries());
    }

    private static Memory<int[]> untouched() {
      return Memory.result(ElementType.INT32, 1);
    }

    @Override
    public Kernel kernel() {
      return Kernel.ENTRIES_OF;
    }

    @Override
    public long count() {
      return Math.ceilDiv(support.features(), EntryLists.THREADS);
    }

    @Override
    public int group() {
      return EntryLists.THREADS;
    }

    @Override
    public int[] sizes() {
      return Sizes.of(support.features(), support.rows(), support.capacity(), lists ? 1 : 0)
          .toArray();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(support.columns(), support.counts(), starts, active, all);
    }
  }
}
