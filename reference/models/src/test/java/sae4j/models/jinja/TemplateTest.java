// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.models.chats.JsonValue;
import sae4j.models.jinja.syntax.TemplateException;

/// The cases were rendered by transformers: `make.py` beside them.
final class TemplateTest {
  private static final Path CHATS =
      Path.of(System.getProperty("sae4j.chats", "src/test/resources/chats"));
  private static final Path CASES =
      Path.of(System.getProperty("sae4j.chats.cases", CHATS + "/cases.json"));

  private static Map<String, @Nullable Object> values(JsonNode messages) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("messages", JsonValue.of(messages));
    values.put("tools", null);
    values.put("documents", null);
    values.put("add_generation_prompt", false);
    values.put("bos_token", "<s>");
    values.put("eos_token", "</s>");
    values.put("pad_token", "<pad>");
    values.put("date_string", "26 Jul 2024");
    return values;
  }

  @Test
  void templates_give_what_transformers_gives_and_refuse_what_it_refuses() throws IOException {
    List<String> wrong = new ArrayList<>();
    int rendered = 0;
    for (JsonNode each : new ObjectMapper().readTree(CASES.toFile())) {
      String name = each.path("template").asText() + ", " + each.path("chat").asText();
      String source = Files.readString(CHATS.resolve(each.path("template").asText()));
      @Nullable String expected = each.path("rendered").textValue();
      try {
        String text = Template.of(source).render(values(each.path("messages")));
        rendered++;
        if (!text.equals(expected)) {
          wrong.add("%s: %s%n  instead of %s".formatted(name, text, each));
        }
      } catch (TemplateException refused) {
        if (expected != null || refused.kind() != TemplateException.Kind.REFUSED) {
          wrong.add("%s: %s%n  instead of %s".formatted(name, refused.getMessage(), each));
        }
      }
    }
    assertThat(wrong).as("%,d of them", wrong.size()).isEmpty();
    assertThat(rendered).isGreaterThan(80);
  }

  private static String render(String source) throws TemplateException {
    return Template.of(source).render(new HashMap<>(Map.of("name", "x", "list", List.of(1L, 2L))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{% include 'a' %} ~ the statement 'include'",
        "{% extends 'a' %} ~ the statement 'extends'",
        "{% for x in list recursive %}{% endfor %} ~ a recursive loop",
        "{{ name|sha1 }} ~ the filter 'sha1'",
        "{{ name is prime }} ~ the test 'prime'",
        "{{ strftime_now('%d') }} ~ what day it is ('strftime_now')",
        "{{ name.format(1) }} ~ the method 'format' of a text",
        "{{ list.append(1) }} ~ the method 'append' of a list",
        "{{ 2 ** 3 }} ~ the operator **",
        "{{ name.__class__.__mro__ }} ~ the attribute '__class__'",
        "{{ 9223372036854775807 + 1 }} ~ a number of more than 64 bits",
        "{{ name|tojson(sort_keys=true) }} ~ the filter 'tojson' with such arguments",
        "{% if name %} ~ a statement without",
        "{{ name ~ a tag without an end",
        "{{ name $ }} ~ the sign $",
        "{{ range(3) }} ~ to print a range",
        "{{ {'a': 1}.keys() }} ~ to print a view of a mapping",
        "{{ {'a': 1}.items()[0] }} ~ an item of a view of a mapping",
        "{{ list|reverse }} ~ to print what a filter gives",
        "{{ list|map('string') }} ~ to print what a filter gives",
        "{{ {'a': 1}|items }} ~ to print what a filter gives",
        "{% set x = list|select %}{{ x|list }}{{ x|list }} ~ to go over what a filter gives",
        "{{ (1, 2).count(1) }} ~ 'count' of a tuple",
        "{% for x in list %}{{ loop.cycle('a', 'b') }}{% endfor %} ~ the attribute 'cycle'",
        "{{ 1 is integer if true }} ~ 'if' behind a test",
        "{{ 1 is not integer in list }} ~ 'in' behind a test",
      })
  void what_is_not_known_is_refused_by_its_name(String source, String message) {
    assertThatThrownBy(() -> render(source))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining(message)
        .extracting(failure -> ((TemplateException) failure).kind())
        .isEqualTo(TemplateException.Kind.NOT_UNDERSTOOD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ none + 'a' }}",
        "{{ missing.attribute }}",
        "{{ name.getClass() }}",
        "{{ list.forEach(1) }}",
        "{{ 1 < 'a' }}",
        "{{ raise_exception('no') }}",
        "{{ 1 // 0 }}",
        "{% for x in 5 %}{% endfor %}",
        "{{ [1] + (2,) }}",
        "{{ {'a': 1}.items()|tojson }}",
        "{{ list|select|length }}",
        "{{ list|select|last }}",
        "{{ 'a'.startswith(['a']) }}",
        "{{ name|abs }}",
        "{{ missing|abs }}",
        "{{ missing|dictsort }}",
        "{{ missing|indent }}",
        "{{ (1 is odd)|indent(2) }}"
      })
  void what_python_refuses_is_refused(String source) {
    assertThatThrownBy(() -> render(source))
        .extracting(failure -> ((TemplateException) failure).kind())
        .isEqualTo(TemplateException.Kind.REFUSED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{{ (1,) }}{{ () }}{{ (1, 2)[0:1] }} ~ (1,)()(1,)",
        "{{ ('user', 'Hello') }} ~ ('user', 'Hello')",
        "{% for kv in {'a': 1}.items() %}{{ kv }}{% endfor %} ~ ('a', 1)",
        "{{ {'a': 1}|dictsort }} ~ [('a', 1)]",
        "{{ {'a': (1, 2)} }} ~ {'a': (1, 2)}",
        "{{ (1, 2) == [1, 2] }}{{ range(3) == [0, 1, 2] }} ~ FalseFalse",
        "{{ (1, 2) == (1, 2) }}{{ 'ab' in ('ab', 'c') }} ~ TrueTrue",
        "{{ (1,) + (2,) }} ~ (1, 2)",
        "{{ (1, 2)|tojson }} ~ [1, 2]",
        "{% if []|select %}yes{% endif %} ~ yes",
        "{{ list|select|reverse|list }}{{ list|reverse|list }} ~ [2, 1][2, 1]",
        "{{ range(3)[1] }}{{ range(3)|length }}{{ range(2)|last }} ~ 131",
        "{{ 1 in {'a': 1}.values() }}{{ {'a': 1}.keys()|length }} ~ True1",
        "{{ {'a': 1}.items() is sequence }}{{ (1,) is sequence }} ~ FalseTrue",
        "{{ list|select is sequence }}{{ list|select is iterable }} ~ FalseTrue",
        "{% for x in list %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %} ~ 1010",
        "{{ -0.0 }}{{ true|abs }}{{ 1 is lt 2 + 1 }} ~ -0.012",
        "{{ missing is callable }}{{ 'a'.startswith(('a', 'b')) }} ~ TrueTrue"
      })
  void values_print_and_compare_as_in_python(String source, String expected)
      throws TemplateException {
    assertThat(render(source)).isEqualTo(expected);
  }

  private static void assertTooMuch(ThrowingCallable rendering) {
    assertThatThrownBy(rendering)
        .isInstanceOfSatisfying(
            TemplateException.class,
            failure -> assertThat(failure.kind()).isEqualTo(TemplateException.Kind.TOO_MUCH));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{{ range(9000000000) }}",
        "{{ 'a' * 9000000000 }}",
        "{% set ns = namespace(t='aaaaaaaa') %}"
            + "{% for i in range(60) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
        "{% set ns = namespace(t=[1]) %}"
            + "{% for i in range(60) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
        "{% set ns = namespace(t=[1]) %}"
            + "{% for i in range(60) %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.t }}",
        "{{ 'aaaaaaaa'.replace('a', 'b' * 50000000) }}"
      })
  void no_template_takes_all_time_or_memory(String source) {
    assertTooMuch(() -> render(source));
  }

  @Test
  void no_template_is_too_deep_for_the_stack() {
    for (String source :
        List.of(
            "{{ " + "(".repeat(20_000) + "1" + ")".repeat(20_000) + " }}",
            "{{ " + "[".repeat(20_000) + "]".repeat(20_000) + " }}",
            "{{ " + "not ".repeat(20_000) + "1 }}",
            "{{ 1" + " + 1".repeat(20_000) + " }}",
            "{% if 1 %}".repeat(20_000) + "{% endif %}".repeat(20_000),
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "{% set ns = namespace(t=[1]) %}"
                + "{% for i in range(20000) %}{% set ns.t = [ns.t] %}{% endfor %}{{ ns.t }}",
            "{% set ns = namespace(t=[1], u=[1]) %}{% for i in range(20000) %}"
                + "{% set ns.t = [ns.t] %}{% set ns.u = [ns.u] %}{% endfor %}{{ ns.t == ns.u }}")) {
      assertThatThrownBy(() -> render(source)).isInstanceOf(TemplateException.class);
    }
  }
}
