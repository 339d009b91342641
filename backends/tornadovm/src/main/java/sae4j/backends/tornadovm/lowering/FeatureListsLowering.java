// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import java.util.IdentityHashMap;
import sae4j.backends.tornadovm.launches.CodesByFeatureLaunch;
import sae4j.backends.tornadovm.launches.FeatureLists;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.matrices.Support;

/// How codes come to be listed by feature: the entries of each feature are counted, the counts are
/// added up, and the entries are listed from there on.
final class FeatureListsLowering {
  /// Numbers of a chunk that one thread adds up.
  private static final int CHUNK = 256;

  private final Lowering lowering;
  private final IdentityHashMap<Support, FeatureLists> lists = new IdentityHashMap<>();

  FeatureListsLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  /// The lists of a support, made once.
  FeatureLists of(Support support) {
    return lists.computeIfAbsent(support, this::listed);
  }

  private FeatureLists listed(Support support) {
    Memory<int[]> active = Lowering.ints(support.features());
    lowering.launches().add(CodesByFeatureLaunch.Entries.count(support, active));
    FeatureLists result = new FeatureLists(sumsBefore(active), Lowering.ints(support.places()));
    lowering.launches().add(CodesByFeatureLaunch.Entries.list(support, result));
    return result;
  }

  /// The sum of the numbers before each, and at the end the sum of all.
  Memory<int[]> sumsBefore(Memory<int[]> numbers) {
    Memory<int[]> chunkSums = Lowering.ints(Math.ceilDiv(numbers.size(), CHUNK));
    Memory<int[]> before = Lowering.ints(numbers.size() + 1L);
    lowering.launches().add(new CodesByFeatureLaunch.ChunkSums(numbers, CHUNK, chunkSums));
    lowering.launches().add(new CodesByFeatureLaunch.SumsBefore(numbers, CHUNK, chunkSums, before));
    return before;
  }
}
