// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;

/// The files are written by pyarrow: `make.py` beside them.
final class ParquetTextTest {
  private static final Path FILES = Path.of("src/test/resources/parquet");

  @TempDir private Path folder;

  private static List<String> texts(Path file, @Nullable String field, List<String> said)
      throws IOException {
    TextRules rules = new TextRules(field, null, false, said::add);
    try (Stream<Document> documents = new TextPaths(List.of(file), rules).open()) {
      return documents.map(Document::text).toList();
    }
  }

  private static void assertRefused(Path file, @Nullable String field, String... parts) {
    assertThatThrownBy(() -> texts(file, field, new ArrayList<>()))
        .isInstanceOf(UncheckedIOException.class)
        .cause()
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(parts)
        .hasMessageContaining(String.valueOf(file.getFileName()));
  }

  @ParameterizedTest
  @CsvSource({"none", "snappy", "gzip", "zstd", "lz4"})
  void every_packing_page_and_type_of_string_gives_what_json_lines_give(String codec)
      throws IOException {
    for (String field : List.of("text", "large", "messages")) {
      List<String> toldOfLines = new ArrayList<>();
      List<String> lines = texts(FILES.resolve("rows.jsonl"), field, toldOfLines);
      for (String version : List.of("1.0", "2.0")) {
        String name = codec + "-" + version + ".parquet";
        List<String> told = new ArrayList<>();

        assertThat(texts(FILES.resolve(name), field, told)).isEqualTo(lines);

        assertThat(told)
            .containsExactlyElementsOf(
                toldOfLines.stream()
                    .map(line -> line.replace("rows.jsonl", name))
                    .map(line -> line.replace(" lines ", " rows ").replace("line ", "row "))
                    .toList());
      }
    }
    assertThat(texts(FILES.resolve("rows.jsonl"), "text", new ArrayList<>())).contains("");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain.parquet", "delta.parquet"})
  void other_encodings_give_the_same(String name) throws IOException {
    assertThat(texts(FILES.resolve(name), null, new ArrayList<>()))
        .isEqualTo(texts(FILES.resolve("rows.jsonl"), "text", new ArrayList<>()));
  }

  @Test
  void a_document_is_named_by_its_row() throws IOException {
    Path file = FILES.resolve("zstd-1.0.parquet");
    try (Stream<Document> documents = new TextFiles(List.of(file), lax()).open()) {
      // row 4 has no text
      assertThat(documents.skip(3).findFirst().orElseThrow().name()).isEqualTo(file + ":5");
    }
  }

  private static TextRules lax() {
    return new TextRules(null, null, false, _ -> {});
  }

  @Test
  void a_strict_reading_stops_at_the_first_row_without_text() {
    Path file = FILES.resolve("zstd-1.0.parquet");
    assertThatThrownBy(
            () -> {
              try (Stream<Document> documents = new TextFiles(List.of(file)).open()) {
                documents.forEach(_ -> {});
              }
            })
        .hasMessageContaining("row 4: \"text\" is null, not a string");
  }

  @Test
  void a_column_that_is_not_there_is_refused_with_those_that_are() {
    assertRefused(
        FILES.resolve("zstd-1.0.parquet"),
        "txt",
        "\"txt\"",
        "id, text, large, messages",
        "--text-field");
  }

  @Test
  void what_is_no_text_is_passed_over_by_its_kind() throws IOException {
    Path odd = FILES.resolve("odd.parquet");
    assertRefused(odd, "bytes", "row 1: \"bytes\" is bytes, not a string");
    assertRefused(odd, "number", "row 1: \"number\" is the value 1, not a string");
    assertRefused(odd, "time", "\"time\" is of the type Timestamp, not a string");
    assertRefused(odd, "map", "\"map\" is a map, not a string");
    List<String> told = new ArrayList<>();
    assertThat(texts(odd, "text", told)).containsExactly("good");
    assertThat(told).singleElement().asString().contains("row 2: \"text\" is not UTF-8");
    assertRefused(FILES.resolve("empty.parquet"), "text", "there are none");
    assertRefused(FILES.resolve("brotli.parquet"), "text", "column 'text'", "BROTLI", "zstd");
  }

  @Test
  void what_is_no_parquet_cut_off_or_encrypted_is_refused_in_a_line() throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve("zstd-1.0.parquet"));
    Path file = folder.resolve("x.parquet");

    Files.writeString(file, "{\"text\": \"a\"}\n");
    assertRefused(file, null, "does not begin with PAR1");
    Files.write(file, Arrays.copyOf(whole, whole.length - 7));
    assertRefused(file, null, "is cut off", "does not end with PAR1");
    Files.write(file, Arrays.copyOf(whole, 4));
    assertRefused(file, null, "Parquet");
    byte[] encrypted = whole.clone();
    encrypted[whole.length - 1] = 'E';
    Files.write(file, encrypted);
    assertRefused(file, null, "is encrypted");
    byte[] noEnd = whole.clone();
    int end = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(whole.length - 8);
    Arrays.fill(noEnd, whole.length - 8 - end, whole.length - end, (byte) 0);
    Files.write(file, noEnd);
    assertRefused(file, null, "Parquet");
  }

  @Test
  void damage_gives_the_same_documents_or_a_line() throws IOException {
    List<byte[]> sound = new ArrayList<>();
    for (String name :
        List.of("plain.parquet", "delta.parquet", "lz4-2.0.parquet", "snappy-2.0.parquet")) {
      sound.add(Files.readAllBytes(FILES.resolve(name)));
    }
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 600; i++) {
      byte[] whole = sound.get(i % sound.size());
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      assertSameOrRefused(damaged);
    }
  }

  /// The native library for snappy writes as much as the packed bytes say, whatever room there is.
  @Test
  void no_length_in_a_packed_page_is_believed() throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve("delta.parquet"));
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] = (byte) (damaged[i] + 16);
      assertSameOrRefused(damaged);
    }
  }

  private void assertSameOrRefused(byte[] damaged) throws IOException {
    Path file = Files.write(folder.resolve("x.parquet"), damaged);
    try {
      texts(file, null, new ArrayList<>());
    } catch (UncheckedIOException refused) {
      assertThat(refused)
          .cause()
          .isInstanceOf(FormatException.class)
          .message()
          .startsWith(file.toString())
          .doesNotContain("\n");
    }
  }

  @Test
  void text_beyond_the_limit_is_refused_and_the_option_is_named() {
    Path file = FILES.resolve("zstd-1.0.parquet");
    TextRules tight = new TextRules(null, 100L, false, _ -> {});
    assertThatThrownBy(
            () -> {
              try (Stream<Document> documents = new TextFiles(List.of(file), tight).open()) {
                documents.forEach(_ -> {});
              }
            })
        .hasMessageContainingAll("zstd-1.0.parquet", "unpacked size", "--max-unpacked");
  }

  @Test
  void a_folder_of_parquet_files_is_read_in_the_order_of_their_names() throws IOException {
    Files.copy(FILES.resolve("plain.parquet"), folder.resolve("b.parquet"));
    Files.copy(FILES.resolve("delta.parquet"), folder.resolve("a.parquet"));
    List<String> once = texts(FILES.resolve("plain.parquet"), null, new ArrayList<>());

    assertThat(texts(folder, null, new ArrayList<>()))
        .hasSize(2 * once.size())
        .startsWith(once.toArray(new String[0]));
  }
}
