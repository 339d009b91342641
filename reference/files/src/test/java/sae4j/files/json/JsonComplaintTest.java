// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.json;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.files.FormatException;

/// What a broken configuration's line says, and what it does not.
class JsonComplaintTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = '|',
      value = {
        "{ | ends too early, at line 1, column 2",
        "{'a': [1, | ends too early",
        "{'a': 'b | ends too early",
        "{'a': 1}} | Unexpected '}': no open Object to close, at line 1, column 9",
        "{'a': 1} {} | there is more behind the value",
        "{'a': 1} xx | 'xx'",
        "// a comment | Unexpected character ('/' (code 47)), at line 1, column 1",
        "{'a': tru} | 'tru'",
        "{'a': 1, 'a': 2} | 'a'",
        "{a: 1} | Unexpected character ('a' (code 97))",
        "{'a': 01} | Invalid numeric value",
      })
  void a_broken_file_is_told_in_words_of_json_and_by_place(String json, String words) {
    assertThatThrownBy(
            () ->
                Config.parse(
                    Path.of("config.json"),
                    json.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
                    "download it again"))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith("config.json: JSON: is malformed: ")
        .hasMessageContaining(words)
        .message()
        .contains(", at line 1, column ")
        .doesNotContainIgnoringCase("feature")
        .doesNotContain("Source", "REDACTED", "marker", "jackson", "ObjectNode", "ALLOW");
  }

  @ParameterizedTest
  @CsvSource({"'', is empty", "3, is no object", "'[]', is no object"})
  void a_file_without_an_object_says_what_it_is(String json, String words) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Config.parse(Path.of("config.json"), bytes, "download it again"))
        .hasMessage("config.json: JSON: %s; download it again", words);
  }
}
