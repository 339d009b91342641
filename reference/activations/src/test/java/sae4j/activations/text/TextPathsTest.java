// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TextPathsTest {
  @TempDir private Path folder;

  private Path file(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private static List<String> texts(DocumentSource source) throws IOException {
    try (Stream<Document> documents = source.open()) {
      return documents.map(Document::text).toList();
    }
  }

  @Test
  void a_folder_gives_its_java_sources_and_then_its_other_texts() throws IOException {
    file("d/a.txt", "plain");
    file("d/b/B.java", "// licence\npackage b;\n");
    file("d/c.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
    file("d/picture.png", "no text");
    file("d/.git/x.txt", "hidden");
    Path last = file("last", "by name, whatever it is called");

    assertThat(texts(new TextPaths(List.of(folder.resolve("d"), last))))
        .containsExactly("package b;\n", "plain", "one", "two", "by name, whatever it is called");
  }

  @Test
  void what_is_no_file_is_read_once() throws IOException {
    Path device = Path.of("/dev/null");
    assumeThat(Files.exists(device)).isTrue();
    DocumentSource text = new TextPaths(List.of(device));
    texts(text);
    assertThatThrownBy(() -> texts(text))
        .hasStackTraceContaining("is a pipe, which gives its text once, and it is needed again");
    DocumentSource file = new TextPaths(List.of(file("twice.txt", "text")));
    assertThat(texts(file)).isEqualTo(texts(file)).containsExactly("text");
  }

  @Test
  void a_wrong_path_is_refused_before_the_first_is_read() throws IOException {
    Path good = file("good.txt", "text");
    Files.createDirectories(folder.resolve("empty"));

    assertThatThrownBy(() -> new TextPaths(List.of(good, folder.resolve("missing"))).open())
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("missing");
    assertThatThrownBy(() -> new TextPaths(List.of(good, folder.resolve("empty"))).open())
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContainingAll("empty", ".jsonl");
    assertThatThrownBy(() -> new TextPaths(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void documents_are_read_one_at_a_time() throws IOException {
    Path lines = file("d/a.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\nnot JSON\n");

    try (Stream<Document> documents = new TextPaths(List.of(lines.getParent())).open()) {
      Iterator<Document> iterator = documents.iterator();
      assertThat(iterator.next().text()).isEqualTo("one");
      assertThat(iterator.next().text()).isEqualTo("two");
      assertThatThrownBy(iterator::next)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("line 3");
    }
  }

  @Test
  void a_slice_is_a_range_of_documents_and_an_empty_one_is_refused() throws IOException {
    DocumentSource ten =
        new TextFiles(
            List.of(file("ten.jsonl", "{\"text\":\"x\"}\n".repeat(4) + "{\"text\":\"y\"}")));

    assertThat(texts(ten.slice(3, 99))).containsExactly("x", "y");
    assertThat(texts(ten.slice(4, Long.MAX_VALUE))).containsExactly("y");
    assertThat(ten.slice(3, 99).description()).endsWith("ten.jsonl, documents 3 to 99");
    assertThatThrownBy(() -> ten.slice(3, 3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ten.slice(-1, 3)).isInstanceOf(IllegalArgumentException.class);
  }
}
