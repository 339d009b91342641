// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;

final class DocumentSourcesTest {
  private static final String LINES =
      "{\"text\": \"größe\"}\n\n{\"meta\": 1, \"text\": \"b\\nc\"}\n";

  @TempDir private Path folder;

  @Test
  void plain_gzip_and_zstd_files_give_the_same_documents() throws IOException {
    Path plain = Files.writeString(folder.resolve("a.jsonl"), LINES);
    Path gzip = write("b.jsonl.gz", out -> new GZIPOutputStream(out));
    Path zstd = write("c.jsonl.zst", out -> new ZstdOutputStream(out));
    Path text = Files.writeString(folder.resolve("d.txt"), LINES);

    List<Document> documents = read(new TextFiles(List.of(plain, gzip, zstd, text)));

    assertThat(documents)
        .extracting(Document::text)
        .containsExactly("größe", "b\nc", "größe", "b\nc", "größe", "b\nc", LINES);
    assertThat(documents.get(1).name()).isEqualTo(plain + ":3");
  }

  @Test
  void bad_files_are_refused_with_file_and_line() throws IOException {
    Path lines =
        Files.writeString(folder.resolve("bad.jsonl"), "{\"text\": \"a\"}\n{\"txt\": \"b\"}\n");
    assertRefused(lines, "bad.jsonl: line 2", "text");
    assertRefused(
        Files.writeString(folder.resolve("worse.jsonl"), "{\"text\": \"a\"}\n{"),
        "worse.jsonl: line 2",
        "not a JSON object");
    assertRefused(
        Files.write(folder.resolve("latin1.txt"), new byte[] {'a', (byte) 0xe9, 'b'}),
        "latin1.txt",
        "not UTF-8");
    byte[] whole = Files.readAllBytes(write("cut.txt.gz", out -> new GZIPOutputStream(out)));
    assertRefused(
        Files.write(folder.resolve("cut.txt.gz"), Arrays.copyOf(whole, whole.length - 9)),
        "cut.txt.gz",
        "cannot be read");
    byte[] zstd = Files.readAllBytes(write("cut.txt.zst", out -> new ZstdOutputStream(out)));
    assertRefused(
        Files.write(folder.resolve("cut.txt.zst"), Arrays.copyOf(zstd, zstd.length - 3)),
        "cut.txt.zst",
        "cannot be read");
    assertThatThrownBy(() -> new TextFiles(List.of(folder.resolve("none.txt"))).open())
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none.txt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.jsonl.gz", "a.jsonl.zst"})
  void what_is_packed_in_several_members_is_read_to_the_last(String name) throws IOException {
    byte[] one = packed(name, "{\"text\": \"a\"}\n{\"te");
    byte[] two = packed(name, "xt\": \"b\"}\n");
    byte[] none = packed(name, "");
    Path file = Files.write(folder.resolve(name), joined(none, one, none, two, none));
    assertThat(read(new TextFiles(List.of(file))))
        .extracting(Document::text)
        .containsExactly("a", "b");
  }

  @Test
  void every_field_of_a_gzip_header_is_passed_over() throws IOException {
    byte[] plain = packed("a.gz", "text");
    byte[] head = {31, (byte) 139, 8, 0b1_1110, 1, 2, 3, 4, 0, 3, 2, 0, 'x', 0, 'n', 0, 'c', 0};
    CRC32 checksum = new CRC32();
    checksum.update(head);
    byte[] end = {(byte) checksum.getValue(), (byte) (checksum.getValue() >> 8)};
    byte[] content = Arrays.copyOfRange(plain, 10, plain.length);
    Path file = Files.write(folder.resolve("a.gz"), joined(head, end, content));
    assertThat(read(new TextFiles(List.of(file)))).extracting(Document::text).contains("text");
    end[0]++;
    assertRefused(Files.write(file, joined(head, end, content)), "a.gz: text", "checksum");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.txt.gz", "a.jsonl.gz", "a.json.gz", "a.txt.zst", "a.jsonl.zst"})
  void what_stands_behind_the_end_of_a_packed_text_is_refused(String name) throws IOException {
    byte[] whole = packed(name, "{\"text\": \"a\"}\n");
    List<String> behind = List.of("x", "\0", "\0".repeat(8), "junk", "\u001f", "x".repeat(99_999));
    for (String junk : behind) {
      byte[] bytes = junk.getBytes(StandardCharsets.US_ASCII);
      assertRefused(Files.write(folder.resolve(name), joined(whole, bytes)), name, "; ");
    }
    if (name.endsWith(".gz")) {
      assertRefused(
          Files.write(folder.resolve(name), joined(whole, new byte[] {'x'})),
          name + ": gzip: ends at byte " + whole.length + ", and what follows is no gzip",
          "cut it off");
    }
  }

  private static byte[] packed(String name, String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out =
        name.endsWith(".gz") ? new GZIPOutputStream(packed) : new ZstdOutputStream(packed)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return packed.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void jdk_sources_are_a_seeded_sample_that_starts_at_the_package_line() throws IOException {
    Path zip = folder.resolve("src.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (int i = 0; i < 20; i++) {
        put(
            out,
            "java.base/java/util/C" + i + ".java",
            "/*\r\n * licence of package x;\r\n */\r\npackage java.util;\r\nclass C"
                + i
                + " {}\r\n");
      }
      put(out, "java.base/sun/misc/Hidden.java", "package sun.misc;");
      put(out, "java.base/java/util/package-info.java", "package java.util;");
      put(out, "java.base/java/util/Table.java", "package java.util;" + " ".repeat(70_000));
    }
    JdkSources sources = JdkSources.of(zip, 7);

    List<Document> all = read(sources);

    assertThat(all)
        .hasSize(20)
        .extracting(Document::text)
        .allSatisfy(text -> assertThat(text).matches("package java.util;\nclass C\\d+ \\{}\n"));
    assertThat(all).isNotEqualTo(read(JdkSources.of(zip, 8)));
    assertThat(all)
        .extracting(Document::name)
        .doesNotHaveDuplicates()
        .isNotEqualTo(
            IntStream.range(0, 20).mapToObj(i -> "java.base/java/util/C" + i + ".java").toList());
    List<Document> halves =
        Stream.concat(read(sources.slice(0, 9)).stream(), read(sources.slice(9, 20)).stream())
            .toList();
    assertThat(halves).isEqualTo(all);
  }

  @Test
  void a_source_tree_gives_its_java_files_in_order_without_build_output() throws IOException {
    Files.createDirectories(folder.resolve("b/target"));
    Files.writeString(folder.resolve("b/Z.java"), "// x\npackage b;\n");
    Files.writeString(folder.resolve("A.java"), "package a;");
    Files.writeString(folder.resolve("b/target/Gen.java"), "package gen;");
    Files.writeString(folder.resolve("notes.txt"), "package notes;");

    assertThat(read(new SourceTree(folder)))
        .containsExactly(
            new Document("A.java", "package a;"),
            new Document(Path.of("b", "Z.java").toString(), "package b;\n"));
  }

  @Test
  void what_this_program_wrote_below_a_folder_is_no_text() throws IOException {
    Files.writeString(folder.resolve("a.txt"), "text");
    OutputFolder.Claimant claimant = new OutputFolder.Claimant("capture", "1");
    try (OutputFolder capture = OutputFolder.own(folder.resolve("deep/cap"), claimant)) {
      capture.write("text-00000.jsonl", "{\"text\":\"again\"}".getBytes(StandardCharsets.UTF_8));
      capture.keep();
    }
    assertThat(read(new TextPaths(List.of(folder), TextRules.STRICT)))
        .extracting(Document::text)
        .containsExactly("text");
    assertThat(read(new TextPaths(List.of(folder.resolve("deep/cap")), TextRules.STRICT)))
        .extracting(Document::text)
        .containsExactly("again");
  }

  private interface Compression {
    OutputStream around(OutputStream out) throws IOException;
  }

  private Path write(String name, Compression compression) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = compression.around(Files.newOutputStream(file))) {
      out.write(LINES.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  private static void put(ZipOutputStream out, String name, String content) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(content.getBytes(StandardCharsets.UTF_8));
  }

  private static List<Document> read(DocumentSource source) throws IOException {
    try (Stream<Document> documents = source.open()) {
      return documents.toList();
    }
  }

  private static void assertRefused(Path file, String... parts) {
    assertThatThrownBy(() -> read(new TextFiles(List.of(file))))
        .isInstanceOf(UncheckedIOException.class)
        .cause()
        .isInstanceOf(FormatException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts).doesNotContain("\n"));
  }
}
