// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Reports on codes beside plain loops.
class CodesProperties {
  @Property(tries = 300)
  void the_densest_row_is_reported_and_the_status_keeps_the_worst_overflow(
      @ForAll @IntRange(min = 1, max = 500) int rows,
      @ForAll @IntRange(min = 1, max = 64) int parts,
      @ForAll @IntRange(min = 1, max = 200) int capacity,
      @ForAll @IntRange(max = 100) int overflowBefore,
      @ForAll long seed) {
    int[] active = new Random(seed).ints(rows, 0, 250).toArray();
    int densest = Arrays.stream(active).max().orElseThrow();
    int[] largest = new int[parts];
    Codes.largest(new int[] {rows, parts}, active, largest);
    float[] status = new float[8];
    status[0] = overflowBefore;
    Codes.report(new int[] {1, parts, capacity, 0, 0, 0, 0, 0, 0, 5}, largest, status);
    float[] expected = new float[8];
    expected[0] = Math.max(overflowBefore, densest - capacity);
    expected[5] = densest;
    assertThat(status).isEqualTo(expected);
  }
}
