// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a message quotes and lists is readable, whatever a file holds.
class FormatExceptionTest {

  @Test
  void a_few_names_are_all_listed() {
    assertThat(FormatException.list(List.of())).isEmpty();
    assertThat(FormatException.list(List.of("a"))).isEqualTo("a");
    assertThat(FormatException.list(List.of("a", "b", "c"))).isEqualTo("a, b, c");
    assertThat(FormatException.list(numbers(12))).isEqualTo("0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11");
  }

  @ParameterizedTest
  @CsvSource({"13, 3", "107, 97", "2010, '2,000'"})
  void of_many_names_the_first_are_listed_and_the_others_counted(int count, String more) {
    assertThat(FormatException.list(numbers(count)))
        .isEqualTo("0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and %s more".formatted(more));
  }

  @Test
  void a_listed_name_is_short_and_cannot_control_a_terminal() {
    String hostile = "\u001b[2J\n" + "x".repeat(10_000);
    assertThat(FormatException.list(Collections.nCopies(1000, hostile)))
        .hasSizeLessThan(1000)
        .doesNotContain("\u001b", "\n")
        .endsWith(" and 990 more");
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
