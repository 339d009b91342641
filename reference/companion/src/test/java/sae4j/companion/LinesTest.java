// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.companion.Quoted.Function;

/// Python and Java are put side by side by the names that they assign.
class LinesTest {
  private static Function function(String... statements) {
    return new Function(List.of("signature"), List.of(statements));
  }

  @Test
  void java_lines_with_names_of_their_own_belong_to_the_next_line_that_both_have() {
    List<Lines> rows =
        Lines.of(
            function("a_B, b_F = f(x)", "return a_B"),
            function(
                "var pair = f(x);",
                "Tensor aB = pair.a();",
                "Tensor bF = pair.b();",
                "return aB;"));
    assertThat(rows).extracting(Lines::name).containsExactly("signature", "aB", "return");
    assertThat(rows.get(1).java()).hasSize(3);
  }

  @Test
  void a_line_without_a_partner_is_refused() {
    assertThatThrownBy(() -> Lines.of(function("a = 1", "b = 2"), function("int a = 1;")))
        .hasMessageContaining("no Java line for: b = 2");
    assertThatThrownBy(() -> Lines.of(function("a = 1"), function("a = 1;", "b = 2;")))
        .hasMessageContaining("no Python line for: b = 2;");
  }

  @Test
  void a_function_that_is_gone_is_named() {
    assertThatThrownBy(() -> Quoted.java("Loss", "calculateRisk"))
        .hasMessage("Loss.java has no calculateRisk any more");
    assertThatThrownBy(() -> Quoted.python("calculate_risk"))
        .hasMessage("listing.py has no calculate_risk any more");
  }

  @ParameterizedTest
  @CsvSource({
    "reconstruction_error_BD, reconstructionerror",
    "reconstructionErrorBD, reconstructionerror",
    "reconstructionErrorB, reconstructionerror",
    "encoder_DF, encoder",
    "encoderDH, encoderh",
    "l1_coeffient, l1coefficient",
    "l1Coefficient, l1coefficient",
    "l2_loss, l2loss",
    "scale, scale",
    "forwardPass, ''",
    "torch, ''"
  })
  void a_variable_is_known_by_its_name_without_the_shape(String name, String variable) {
    assertThat(CodeHtml.variable(name)).isEqualTo(variable);
  }
}
