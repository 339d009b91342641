// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class FloatRowsTest {
  private final FloatRows four = new FloatRows(4, 2, new float[] {1, 2, 3, 4, 5, 6, 7, 8});

  @Test
  void chosen_rows_come_in_the_order_of_the_list() {
    assertThat(four.select(new int[] {2, 0}).values()).containsExactly(5, 6, 1, 2);
    assertThat(four.select(new int[0]).rows()).isZero();
  }

  @Test
  void rows_that_are_put_back_replace_those_alone_and_leave_the_original() {
    FloatRows two = new FloatRows(2, 2, new float[] {-1, -2, -3, -4});
    assertThat(four.with(new int[] {3, 1}, two).values())
        .containsExactly(1, 2, -3, -4, 5, 6, -1, -2);
    assertThat(four.values()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    int[] chosen = {0, 2, 3};
    assertThat(four.with(chosen, four.select(chosen)).values()).containsExactly(four.values());
  }

  @Test
  void a_replacement_of_another_shape_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> four.with(new int[] {1}, four))
        .withMessageContainingAll("4 × 2", "1 rows");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> four.with(new int[] {1}, FloatRows.zeros(1, 3)))
        .withMessageContaining("1 × 3");
  }

  @Test
  void first_rows_of_sequences_and_document_starts_are_not_behind_a_start() {
    TokenBatch tokens = TokenBatch.of(List.of(new int[] {9, 0, 4, 5}, new int[] {3, 3, 0, 3}));
    assertThat(tokens.rowsBehindStarts(new StartsWith(OptionalInt.of(0))))
        .containsExactly(2, 3, 5, 7);
    assertThat(tokens.rowsBehindStarts(new StartsWith(OptionalInt.empty())))
        .containsExactly(1, 2, 3, 5, 6, 7);
  }

  private record StartsWith(OptionalInt documentStart) implements Tokenizer {
    @Override
    public TokenizedText encode(String text) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String decode(int... ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int vocabularySize() {
      return 10;
    }

    @Override
    public String vocabularyEntry(int id) {
      throw new UnsupportedOperationException();
    }
  }
}
