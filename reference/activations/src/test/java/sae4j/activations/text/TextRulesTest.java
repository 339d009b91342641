// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;

final class TextRulesTest {
  private static final String MARK = "\uFEFF";

  @TempDir private Path folder;

  private final List<String> said = new ArrayList<>();

  private TextRules lenient() {
    return new TextRules(null, null, false, said::add);
  }

  private static List<Document> read(Path file, TextRules rules) throws IOException {
    try (Stream<Document> documents = new TextFiles(List.of(file), rules).open()) {
      return documents.toList();
    }
  }

  private static List<String> texts(Path file, TextRules rules) throws IOException {
    return read(file, rules).stream().map(Document::text).toList();
  }

  private Path file(String name, String content) throws IOException {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  private Path file(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file);
        OutputStream packed =
            name.endsWith(".gz")
                ? new GZIPOutputStream(out)
                : name.endsWith(".zst") ? new ZstdOutputStream(out) : out) {
      packed.write(content);
    }
    return file;
  }

  private static void assertRefused(Path file, TextRules rules, String... parts) {
    assertThatThrownBy(() -> read(file, rules))
        .isInstanceOf(UncheckedIOException.class)
        .cause()
        .isInstanceOf(FormatException.class)
        .satisfies(
            e ->
                assertThat(e.getMessage())
                    .contains(file.getFileName().toString())
                    .contains(parts)
                    .doesNotContain("\n"));
  }

  @ParameterizedTest
  @CsvSource({"a.txt", "a.jsonl", "a.json", "a.txt.gz", "a.jsonl.gz", "a.json.zst", "A.JSONL"})
  void a_byte_order_mark_is_no_part_of_the_text(String name) throws IOException {
    String plain = name.contains("json") || name.contains("JSON") ? "{\"text\":\"abc\"}" : "abc";

    assertThat(texts(file(name, MARK + plain), TextRules.STRICT)).containsExactly("abc");
  }

  @Test
  void only_the_first_character_can_be_a_byte_order_mark() throws IOException {
    assertThat(texts(file("a.txt", MARK + MARK + "a" + MARK), TextRules.STRICT))
        .containsExactly(MARK + "a" + MARK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32"})
  void other_encodings_are_refused_by_name(String encoding) throws IOException {
    Charset charset = Charset.forName(encoding);
    String text = "{\"text\":\"Plain text, größer\"}\n".repeat(3);
    String family = encoding.substring(0, 6);
    for (String name : List.of("a.txt", "a.jsonl", "a.txt.gz")) {
      if (encoding.equals("UTF-32")) {
        byte[] marked = (MARK + text).getBytes(charset);
        assertRefused(file(name, marked), lenient(), "encoding", family);
      } else {
        assertRefused(file(name, text.getBytes(charset)), lenient(), "encoding", family, "UTF-8");
      }
    }
    assertThat(texts(file("zeros.txt", "a\0b\0\0c"), TextRules.STRICT))
        .containsExactly("a\0b\0\0c");
  }

  @Test
  void surrogates_without_their_other_half_become_u_fffd_wherever_text_comes_from()
      throws IOException {
    String spelled = "a 😀 \\ud83d b \\udc00\\ud83d \\ud83d\\ude00";
    String expected = "a 😀 \uFFFD b \uFFFD\uFFFD 😀";

    assertThat(texts(file("a.jsonl", "{\"text\":\"" + spelled + "\"}"), TextRules.STRICT))
        .containsExactly(expected);
    assertThat(texts(file("a.json", "[{\"text\":\"" + spelled + "\"}]"), TextRules.STRICT))
        .containsExactly(expected);
    assertThat(new Document("d", "\ud83d").text()).isEqualTo("\uFFFD");
  }

  @Test
  void broken_lines_are_passed_over_and_counted_and_the_first_is_named() throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (String line :
        List.of(
            "{\"text\":\"one\"}",
            "",
            "{\"text\":null}",
            "{\"text\":\"cut",
            "{\"text\":\"two\"} {\"text\":\"on the same line\"}",
            "{\"text\":\"twice\",\"text\":\"or not\"}",
            "{\"body\":1}",
            "[".repeat(5000),
            "17")) {
      lines.writeBytes((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
    lines.writeBytes(new byte[] {'"', (byte) 0xe9, '"', '\n'});
    lines.writeBytes("{\"text\":\"last\"}".getBytes(StandardCharsets.UTF_8));
    Path file = file("a.jsonl", lines.toByteArray());

    assertThat(read(file, lenient()))
        .extracting(Document::text, Document::name)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("one", file + ":1"),
            org.assertj.core.groups.Tuple.tuple("last", file + ":11"));
    assertThat(said)
        .containsExactly(
            file + ": 8 of 10 lines were not read; line 3: \"text\" is null, not a string");
    assertRefused(file, TextRules.STRICT, "line 3", "null");
  }

  @Test
  void a_file_none_of_whose_lines_can_be_read_is_refused() throws IOException {
    assertRefused(
        file("a.jsonl", "{\"body\":\"a\"}\n{\"body\":\"b\"}\n"),
        lenient(),
        "none of 2",
        "body",
        "--text-field");
    assertThat(texts(file("empty.jsonl", "\n"), lenient())).isEmpty();
  }

  @Test
  void the_text_is_in_the_field_that_was_named_or_in_a_usual_one_which_is_said()
      throws IOException {
    Path named = file("a.jsonl", "{\"body\":\"a\",\"text\":\"b\"}\n{\"body\":\"c\"}\n");
    TextRules body = new TextRules("body", null, true, said::add);
    assertThat(texts(named, body)).containsExactly("a", "c");
    assertThat(new TextFiles(List.of(named), body).description()).endsWith("field \"body\"");
    assertThat(said).isEmpty();

    assertThat(texts(file("b.jsonl", "{\"content\":\"a\"}\n{\"content\":\"b\"}\n"), lenient()))
        .containsExactly("a", "b");
    assertThat(said).hasSize(1).first().asString().contains("b.jsonl", "\"content\"");
    said.clear();
    String chat =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"why?\"},{\"role\":\"assistant\","
            + "\"content\":[{\"type\":\"text\",\"text\":\"because\"},{\"type\":\"image\"}]}]}\n";
    assertThat(texts(file("c.jsonl", chat), lenient())).containsExactly("why?\n\nbecause");
    assertThat(said).hasSize(1).first().asString().contains("without roles or a chat template");
    said.clear();
    assertRefused(
        file("d.jsonl", "{\"content\":\"a\",\"messages\":[]}"), lenient(), "--text-field");
  }

  @Test
  void arrays_of_objects_and_values_one_after_another_are_read_and_nothing_as_raw_text()
      throws IOException {
    Path array = file("a.json", " [ {\"text\":\"a\"}, {\"x\":1},\n \"b\", {\"text\":\"c\"} ] ");
    assertThat(read(array, lenient()))
        .extracting(Document::name)
        .containsExactly(array + ":1", array + ":3", array + ":4");
    assertThat(said)
        .containsExactly(
            array
                + ": 1 of 4 elements were not read; element 2: no string"
                + " \"text\" in it, but x");
    assertThat(texts(file("b.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}"), lenient()))
        .containsExactly("a", "b");
    assertRefused(file("c.json", "[{\"text\":\"a\"}, {\"text\":"), lenient(), "element 2");
    assertRefused(file("d.json", "[{\"text\":\"a\"}] more"), lenient(), "d.json");
    assertRefused(file("e.json", "just words"), lenient(), "element 1");
    assertRefused(file("f.JSON", ""), lenient(), "no value");
  }

  @Test
  void a_line_of_22_million_characters_is_read_and_a_longer_one_than_the_limit_is_counted()
      throws IOException {
    String longText = "word ".repeat(4_400_000);
    assertThat(
            texts(file("a.jsonl", "{\"text\":\"" + longText + "\"}"), lenient())
                .getFirst()
                .length())
        .isEqualTo(22_000_000);
    Path longer =
        file(
            "b.jsonl",
            "{\"text\":\"" + "x".repeat(JsonText.LONGEST + 1) + "\"}\n{\"text\":\"behind\"}\n");
    assertThat(texts(longer, lenient())).containsExactly("behind");
    assertThat(said).hasSize(1).first().asString().contains("1 of 2 lines", "longer than");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bomb.txt.gz", "bomb.txt.zst", "bomb.jsonl.gz"})
  void a_file_that_unpacks_to_more_than_the_limit_is_refused_and_the_option_allows_it(String name)
      throws IOException {
    byte[] zeros = " ".repeat(3 << 20).getBytes(StandardCharsets.UTF_8);
    Path bomb = file(name, zeros);
    TextRules two = new TextRules(null, 2L << 20, true, said::add);

    assertRefused(bomb, two, "unpacked size", "2 MiB", "--max-unpacked");
    assertThat(read(bomb, new TextRules(null, 4L << 20, true, said::add)))
        .hasSize(name.contains("jsonl") ? 0 : 48);
    assertThat(TextRules.standardLimit(10)).isEqualTo(256L << 20);
    assertThat(TextRules.standardLimit(10L << 30)).isEqualTo(1000L << 30);
  }

  @Test
  void a_long_plain_text_comes_in_parts_that_join_to_it_and_part_no_pair() throws IOException {
    for (int size : new int[] {0, 1, 65_535, 65_536, 65_537, 131_072, 200_001}) {
      String text = "😀".repeat(size / 2) + "x".repeat(size % 2);
      Path file = file("a.txt", text);

      List<Document> parts = read(file, TextRules.STRICT);

      assertThat(parts.stream().map(Document::text).collect(Collectors.joining())).isEqualTo(text);
      assertThat(parts.getFirst().part().begins()).isTrue();
      assertThat(parts.getLast().part().ends()).isTrue();
      assertThat(parts.stream().filter(part -> part.part().begins())).hasSize(1);
      assertThat(parts.stream().filter(part -> part.part().ends())).hasSize(1);
    }
  }

  @Test
  void a_slice_counts_documents_and_not_their_parts() throws IOException {
    Path large = file("a.txt", "x".repeat(200_000));
    Path small = file("b.txt", "small");
    DocumentSource both = new TextFiles(List.of(large, small, large));

    try (Stream<Document> second = both.slice(1, 2).open()) {
      assertThat(second.map(Document::text)).containsExactly("small");
    }
    try (Stream<Document> first = both.slice(0, 1).open()) {
      assertThat(first.mapToInt(part -> part.text().length()).sum()).isEqualTo(200_000);
    }
  }
}
