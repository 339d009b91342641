// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class WindowBatchesProperties {
  private static TokenTable window(int length, int firstId) {
    int[] rows = IntStream.range(0, length).toArray();
    int[] ids = IntStream.range(firstId, firstId + length).toArray();
    return new TokenTable(ids, new int[length], rows, rows, rows);
  }

  @Property
  void batches_are_the_windows_in_order_cut_at_the_limit(
      @ForAll @Size(max = 12) List<@IntRange(min = 1, max = 3) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 5) int batch,
      @ForAll @IntRange(min = 0, max = 40) int maxTokens) {
    List<TokenTable> windows = new ArrayList<>();
    int ids = 0;
    for (int length : lengths) {
      windows.add(window(length, ids));
      ids += length;
    }
    List<List<TokenTable>> batches = new ArrayList<>();
    new WindowBatches(new TextWindows(windows.iterator(), maxTokens, () -> {}), batch)
        .forEachRemaining(batches::add);

    assertThat(
            batches.stream()
                .flatMap(List::stream)
                .flatMapToInt(window -> IntStream.of(window.ids()))
                .toArray())
        .isEqualTo(IntStream.range(0, Math.min(ids, maxTokens)).toArray());
    for (int i = 0; i < batches.size(); i++) {
      List<TokenTable> group = batches.get(i);
      assertThat(group).hasSizeBetween(1, batch);
      assertThat(group.stream().map(TokenTable::size).distinct()).hasSize(1);
      if (i > 0 && batches.get(i - 1).size() < batch) {
        assertThat(group.getFirst().size()).isNotEqualTo(batches.get(i - 1).getFirst().size());
      }
    }
  }
}
