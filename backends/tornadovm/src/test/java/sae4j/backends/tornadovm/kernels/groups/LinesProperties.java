// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LinesProperties {
  /// Bytes of a line of memory, and those in front of an array's first number.
  private static final int LINE = 128;

  private static final int HEADER = 16;

  @Property
  void every_element_has_one_thread_and_further_threads_an_element_too(
      @ForAll @IntRange(min = 1, max = 300) int count, @ForAll @IntRange(max = 300) int beyond) {
    assertThat(IntStream.range(0, count).map(x -> Lines.element(x, count)).sorted())
        .containsExactlyElementsOf(IntStream.range(0, count).boxed().toList());
    assertThat(Lines.element(count + beyond, count)).isBetween(0, count - 1);
  }

  @Property
  void a_line_s_worth_of_threads_reads_one_line(
      @ForAll @IntRange(min = 1, max = 50) int line,
      @ForAll @IntRange(min = 2000, max = 3000) int count) {
    int threads = LINE / Float.BYTES;
    int first = Lines.element(line * threads, count) * Float.BYTES + HEADER;
    int last = Lines.element((line + 1) * threads - 1, count) * Float.BYTES + HEADER;
    assertThat(first % LINE).isZero();
    assertThat(last - first).isEqualTo(LINE - Float.BYTES);
  }
}
