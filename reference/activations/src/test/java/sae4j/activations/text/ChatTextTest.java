// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.activations.text.fields.Chats;
import sae4j.files.FormatException;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;
import sae4j.models.chats.ChatFacts;

final class ChatTextTest {
  private static final String TEMPLATE =
      """
      {{ bos_token }}{% for m in messages %}{% if m.role == 'nobody' %}
      {{ raise_exception('nobody speaks') }}{% endif %}[{{ m.role }}]{{ m.content | trim }}
      {%- endfor %}
      """;
  private static final ChatFacts FACTS =
      new ChatFacts(Path.of("tokenizer_config.json"), TEMPLATE, Map.of("bos_token", "<s>"));

  @TempDir private Path folder;

  private final List<String> said = new ArrayList<>();

  /// A tokenizer of which only the chats are asked.
  private record Speaks(ChatFacts chats) implements Tokenizer {
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
      return 0;
    }

    @Override
    public String vocabularyEntry(int id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public OptionalInt documentStart() {
      return OptionalInt.empty();
    }
  }

  private TextPaths source(Chats chats, Path file) {
    return new TextPaths(
        List.of(file), new TextRules(null, null, false, DatasetPart.USUAL, chats, said::add));
  }

  private List<String> read(Chats chats, ChatFacts facts, Path file) throws IOException {
    try (Stream<Document> documents = source(chats, file).open(new Speaks(facts))) {
      return documents.map(Document::text).toList();
    }
  }

  private Path lines(String text) throws IOException {
    return Files.writeString(folder.resolve("chats.jsonl"), text);
  }

  @Test
  void messages_become_what_the_tokenizer_s_template_makes_of_them() throws IOException {
    Path file =
        lines(
            """
            {"messages": [{"role":"user","content":" a "}, {"role":"assistant","content":"b"}]}
            {"messages": [{"role": "nobody", "content": "a"}]}
            {"messages": []}
            {"messages": [{"content": "a"}]}
            {"messages": [{"role": "user", "content": null}]}
            """);

    assertThat(read(Chats.own(), FACTS, file))
        .containsExactly("<s>[user]a[assistant]b", "<s>[user]None");
    assertThat(said)
        .containsExactly(
            file
                + ": has no \"text\"; read are the \"messages\", by the chat template in"
                + " tokenizer_config.json",
            file
                + ": 3 of 5 lines were not read; line 2: the chat template refuses \"messages\":"
                + " nobody speaks");
  }

  @Test
  void the_chats_of_sharegpt_have_other_names_for_the_same() throws IOException {
    Path file =
        lines(
            """
            {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}
            {"conversations": [{"from": "cat", "value": "a"}]}
            """);
    assertThat(read(Chats.own(), FACTS, file)).containsExactly("<s>[user]a[assistant]b");
    assertThat(said.getLast()).contains("'cat'", "human, gpt");
    assertThat(read(Chats.joined(), FACTS, file)).containsExactly("a\n\nb", "a");
  }

  @Test
  void columns_of_parquet_give_what_lines_give() throws IOException {
    Path parquet = Path.of("src/test/resources/parquet/zstd-2.0.parquet");
    Path rows = Path.of("src/test/resources/parquet/rows.jsonl");
    List<List<String>> both = new ArrayList<>();
    for (Path file : List.of(parquet, rows)) {
      TextRules rules =
          new TextRules("messages", null, false, DatasetPart.USUAL, Chats.own(), said::add);
      try (Stream<Document> documents =
          new TextPaths(List.of(file), rules).open(new Speaks(FACTS))) {
        both.add(documents.map(Document::text).toList());
      }
    }
    assertThat(both.get(0)).isEqualTo(both.get(1)).hasSizeGreaterThan(20).contains("<s>[user]Hi 0");
  }

  private void assertRefused(Chats chats, ChatFacts facts, Path file, String... parts) {
    assertThatThrownBy(() -> read(chats, facts, file))
        .isInstanceOf(UncheckedIOException.class)
        .cause()
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void without_a_template_and_with_one_that_is_not_understood_chats_are_refused()
      throws IOException {
    Path file = lines("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}\n");
    String[] remedy = {"--chat-template FILE", "--chat-template none"};
    assertRefused(Chats.own(), ChatFacts.NONE, file, remedy);
    assertRefused(Chats.own(), ChatFacts.NONE, file, "chats.jsonl", "has no chat template");
    for (String template : List.of("{% include 'x' %}", "{{ 'x' | sha1 }}")) {
      ChatFacts facts = new ChatFacts(Path.of("x/tokenizer_config.json"), template, Map.of());
      assertRefused(Chats.own(), facts, file, remedy);
      assertRefused(Chats.own(), facts, file, "x/tokenizer_config.json: chat template: line 1");
    }
    assertThat(read(Chats.joined(), ChatFacts.NONE, file)).containsExactly("a");
  }

  @Test
  void a_template_in_a_file_goes_before_and_belongs_to_what_a_text_is_known_by()
      throws IOException {
    Path file = lines("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}\n");
    Path template = Files.writeString(folder.resolve("t.jinja"), "{{ messages | length }}");
    assertThat(read(Chats.file(template), FACTS, file)).containsExactly("1");
    String before = source(Chats.file(template), file).identity();
    assertThat(source(Chats.own(), file).identity())
        .isNotEqualTo(before)
        .isNotEqualTo(source(Chats.joined(), file).identity());
    Files.writeString(template, "{{ messages | length }}!");
    assertThat(source(Chats.file(template), file).identity()).isNotEqualTo(before);
    assertThatThrownBy(() -> read(Chats.file(folder.resolve("no.jinja")), FACTS, file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no.jinja");
  }

  @Test
  void a_slice_of_chats_is_read_by_the_template_too() throws IOException {
    Path file = lines("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}\n".repeat(3));
    try (Stream<Document> documents =
        source(Chats.own(), file).slice(1, 3).open(new Speaks(FACTS))) {
      assertThat(documents.map(Document::text)).containsExactly("<s>[user]a", "<s>[user]a");
    }
  }
}
