// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.samples;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ArbitrarySupplier;
import sae4j.backends.vector.parallel.Lanes;

/// Awkward sizes: 0, 1, primes, and the lanes of one and of two vectors, with one less and one
/// more.
public final class Sizes implements ArbitrarySupplier<Integer> {
  @Override
  public Arbitrary<Integer> get() {
    int lanes = Lanes.COUNT;
    return Arbitraries.of(
        0,
        1,
        2,
        3,
        5,
        7,
        8,
        9,
        13,
        lanes - 1,
        lanes,
        lanes + 1,
        2 * lanes - 1,
        2 * lanes,
        2 * lanes + 1,
        37,
        61,
        131);
  }
}
