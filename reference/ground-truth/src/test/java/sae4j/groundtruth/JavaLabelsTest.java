// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JavaLabelsTest {
  private static final JavaLabels JAVA = JavaLabels.open();

  private static final String SOURCE =
      """
      package a.b;
      import java.util.List;
      import static java.lang.Math.max;
      /** Sums up. And more.
       * @param <T> what {@code y} is <b>bold</b> &lt;
       * @return not here
       */
      @Deprecated(since = "9")
      class Sum<T> extends Base implements One, Two {
        private static final int MAX = 0x3;
        int f(int x, List<T> t) throws E {
          for (int i = 0; i < x; i++) {
            if (x > i && MAX >> 1 == 0) {
              this.g(t, 'c').h();
            } else {
              String s = "a\\n" + x;
            }
          }
          // done
          return max(x, field);
        }
        abstract void k();
        Runnable r = () -> { throw new E(null); };
        long field;
      }
      """;

  private static final LabelledText LABELLED = JAVA.of(SOURCE).orElseThrow();

  @AfterAll
  static void close() throws IOException {
    JAVA.close();
  }

  /// Several stretches are separated by a bar.
  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      ignoreLeadingAndTrailingWhitespace = true,
      quoteCharacter = '`',
      value = {
        "keyword: static                          → static|static",
        "modifier                                 → static|private|static|final|abstract",
        "primitive type                           → int|int|int|int|long",
        "literal: hexadecimal                     → 0x3",
        "literal: character                       → 'c'",
        "literal: null                            → null",
        "literal: string: content                 → 9|a\\n",
        "escape sequence                          → \\n",
        "comment: line                            → // done",
        "comment: Javadoc: closing                → */",
        "Javadoc: tag                             → param|return",
        "Javadoc: tag: @param                     → param",
        "Javadoc: opening of tag: @               → @|@",
        "Javadoc: opening of tag: {@              → {@",
        "Javadoc: inline tag: {@code              → code",
        "Javadoc: first sentence                  → Sums up.",
        "Javadoc: parameter name                  → T",
        "Javadoc: HTML: <b>                       → b",
        "Javadoc: HTML: entity                    → &lt;",
        "Javadoc: text of tag: @return            → ` not here`",
        "in package declaration                   → package a.b;",
        "in import: static                        → import static java.lang.Math.max;",
        "in annotation: arguments                 → since = \"9\"",
        "annotation name                          → Deprecated",
        "in type parameters                       → T",
        "in type arguments                        → <T>",
        "in extends clause                        → extends Base",
        "in implements clause                     → implements One, Two",
        "in throws clause                         → E",
        "in parameter list                        → int x, List<T> t",
        "in condition: if                         → x > i && MAX >> 1 == 0",
        "in condition: for                        → i < x",
        "in for header: counting                  → int i = 0; i < x; i++",
        "in return statement                      → return max(x, field);",
        "in throw statement                       → throw new E(null);",
        "in lambda                                → () -> { throw new E(null); }",
        "in string concatenation                  → \"a\\n\" + x",
        "in initialiser: local variable           → \"a\\n\" + x",
        "in field declaration: private            → private static final int MAX = 0x3;",
        "operator: <                              → <",
        "operator: >>                             → >|>",
        "comparison operator                      → ==|<|>",
        "operator: ->: lambda                     → ->",
        "operator: =: field                       → =|=",
        "separator: (: if                         → (",
        "separator: }: else                       → }",
        "separator: }: lambda                     → }",
        "separator: ): call: without arguments    → )",
        "separator: ;: import                     → ;|;",
        "separator: ;: abstract method            → ;",
        "separator: ;: field                      → ;|;|;",
        "separator: .: call                       → .|.",
        "separator: ,: parameters                 → ,",
        "separator: <: type parameters            → <",
        "identifier: package                      → a|b|java|util|java|lang|Math",
        "identifier: imported name                → List|max",
        "identifier: declared: type               → Sum",
        "identifier: declared: method             → f|k|k",
        "identifier: declared: method: abstract   → k",
        "identifier: declared: field              → MAX|r|field",
        "identifier: declared: parameter          → x|t",
        "identifier: declared: local variable     → i|s",
        "identifier: type: super type             → Base|One|Two",
        "identifier: type: parameter type         → List",
        "identifier: type: type argument          → T",
        "identifier: type: thrown type            → E",
        "identifier: type: created type           → E",
        "identifier: used: parameter              → x|x|t|x|x",
        "identifier: used: local variable         → i|i|i",
        "identifier: used: field                  → MAX|field",
        "identifier: called method: qualified     → h|g",
        "identifier: called method: unqualified   → max",
        "identifier in capitals                   → MAX|MAX",
      })
  void a_label_holds_for_these_stretches_and_no_others(String label, String stretches) {
    assertThat(String.join("|", LABELLED.where(label)) + "|").isEqualTo(stretches + "|");
  }

  @Test
  void an_expression_that_is_nested_thousands_deep_is_text_that_does_not_parse() {
    for (String deep :
        new String[] {"a" + ".b()".repeat(50_000), "(".repeat(50_000) + "1" + ")".repeat(50_000)}) {
      assertThat(JAVA.of("class A { Object o = %s; }".formatted(deep))).isEmpty();
    }
    assertThat(JAVA.of("class A { Object o = a.b(); }")).isPresent();
  }

  @Test
  void what_holds_for_the_special_holds_for_the_general() {
    LABELLED
        .ranges()
        .forEach(
            (label, ranges) ->
                label
                    .parent()
                    .ifPresent(
                        parent ->
                            assertThat(LABELLED.ranges().get(parent))
                                .as(label.name())
                                .containsAll(ranges)));
  }

  @Test
  void loops_and_branches_nest() {
    assertThat(LABELLED.where("in loop body"))
        .singleElement()
        .asString()
        .startsWith("{\n")
        .contains("String s");
    assertThat(LABELLED.where("in then branch")).singleElement().asString().contains("h();");
    assertThat(LABELLED.where("in else branch")).singleElement().asString().contains("String s");
    LabelledText nested =
        JAVA.of("class A { void f() { while (a) { do b(); while (c); } } }").orElseThrow();
    assertThat(nested.where("in loop body: nested")).containsExactly("b();");
    assertThat(nested.where("in condition: while")).containsExactly("a", "c");
  }

  @Test
  void depth_counts_the_brackets_around() {
    LabelledText text = JAVA.of("class A { int x = ((1) + 2); }").orElseThrow();
    assertThat(text.where("brace depth 0")).containsExactly("class A {", "}");
    assertThat(text.where("brace depth 1")).containsExactly(" int x = (", "(", "1", ") + 2", "); ");
    assertThat(text.where("parenthesis depth 1")).containsExactly("(", ") + 2");
    assertThat(text.where("parenthesis depth 2")).containsExactly("1");
  }

  @Test
  void statements_and_lines_have_a_first_element() {
    LabelledText text =
        JAVA.of("class A {\n  void f() { a(); if (b)\n    return; }\n}").orElseThrow();
    assertThat(text.where("first of a statement")).containsExactly("a", "if", "return");
    assertThat(text.where("first on its line")).containsExactly("class", "void", "return", "}");
    assertThat(text.where("last on its line")).containsExactly("{", ")", "}");
  }

  @Test
  void records_enums_and_switches_are_understood() {
    LabelledText text =
        JAVA.of(
                """
                enum E { ONE, TWO(2); int v;
                  int f(Object o) { return switch (o) { case Integer i -> i; default -> 0; }; } }
                record P(int a, String b) { P { a++; } }
                """)
            .orElseThrow();
    assertThat(text.where("identifier: declared: enum constant")).containsExactly("ONE", "TWO");
    assertThat(text.where("identifier: declared: type")).containsExactly("E", "P");
    assertThat(text.where("identifier: declared: constructor")).containsExactly("P");
    assertThat(text.where("in case label")).containsExactly("case Integer i ->", "default ->");
    assertThat(text.where("operator: ->: case")).containsExactly("->", "->");
    assertThat(text.where("in record body")).containsExactly(" P { a++; } ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"class {", "not java at all", "class A { void f( { }", "class A { String s = \"; }"})
  void text_that_does_not_parse_has_no_labels(String text) {
    assertThat(JAVA.of(text)).isEmpty();
  }

  @Test
  void the_same_text_has_the_same_labels() {
    assertThat(JAVA.of(SOURCE).orElseThrow().ranges()).isEqualTo(LABELLED.ranges());
  }
}
