// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.jspecify.annotations.Nullable;

/// Files that are read at once give what they give one after another.
final class ConcatenationProperties {
  private static final Path PARQUET = Path.of("src/test/resources/parquet");
  private static final List<String> LINES =
      List.of(
          "{\"text\": \"one\"}",
          "{\"text\": \"\"}",
          "{\"text\": null}",
          "{\"content\": \"as content\"}",
          "{\"messages\": [{\"role\": \"user\", \"content\": \"as a chat\"}]}",
          "\"a string\"",
          "{broken",
          "",
          "{\"text\": \"\\ud800 alone\"}",
          "\u00ff\u20ac\ud83d\ude00");

  private Path folder = Path.of("");

  @BeforeProperty
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("concatenation");
  }

  @AfterProperty
  void deleteFolder() throws IOException {
    clear();
    Files.delete(folder);
  }

  private void clear() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  @Property(tries = 150)
  void what_is_read_said_and_refused_is_the_same_and_in_the_same_order(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 5) int atOnce) throws IOException {
    clear();
    SplittableRandom random = new SplittableRandom(seed);
    List<Path> files = new ArrayList<>();
    for (int count = random.nextInt(2, 9); files.size() < count; ) {
      files.add(file(files.size(), random));
    }
    boolean strict = random.nextInt(8) == 0;
    @Nullable Long limit = random.nextInt(4) == 0 ? 1L << random.nextInt(8, 18) : null;

    List<String> serial = transcript(files, limit, strict, 1, Integer.MAX_VALUE);

    assertThat(transcript(files, limit, strict, atOnce, Integer.MAX_VALUE)).isEqualTo(serial);
    int stop = random.nextInt(0, Math.max(1, serial.size()));
    assertThat(transcript(files, limit, strict, atOnce, stop))
        .as("closed behind document %d", stop)
        .isEqualTo(transcript(files, limit, strict, 1, stop));
  }

  /// All that comes of a reading: documents, what is said, what is thrown, in their order.
  private static List<String> transcript(
      List<Path> files, @Nullable Long limit, boolean strict, int atOnce, int documents)
      throws IOException {
    List<String> transcript = new ArrayList<>();
    TextRules rules = new TextRules(null, limit, strict, line -> transcript.add("says " + line));
    try (Stream<Document> read = Concatenation.of(new TextFiles(files, rules).parts(), atOnce)) {
      Iterator<Document> iterator = read.iterator();
      for (int i = 0; i < documents && iterator.hasNext(); i++) {
        transcript.add("reads " + iterator.next());
      }
    } catch (RuntimeException failed) {
      transcript.add("throws " + failed);
    }
    return transcript;
  }

  private Path file(int number, SplittableRandom random) throws IOException {
    if (random.nextInt(5) == 0) {
      List<String> names =
          List.of("plain", "gzip-1.0", "zstd-2.0", "snappy-1.0", "delta", "odd", "empty", "brotli");
      String name = names.get(random.nextInt(names.size()));
      byte[] content = Files.readAllBytes(PARQUET.resolve(name + ".parquet"));
      return Files.write(folder.resolve(number + ".parquet"), damaged(content, random));
    }
    List<String> kinds = List.of(".jsonl", ".jsonl", ".json", ".txt");
    String kind = kinds.get(random.nextInt(kinds.size()));
    List<String> packings = List.of("", ".gz", ".zst");
    String packing = packings.get(random.nextInt(packings.size()));
    byte[] content = packed(packing, content(kind, random).getBytes(StandardCharsets.UTF_8));
    return Files.write(folder.resolve(number + kind + packing), damaged(content, random));
  }

  private static String content(String kind, SplittableRandom random) {
    String mark = random.nextInt(3) == 0 ? "\uFEFF" : "";
    if (kind.equals(".txt")) {
      return mark + "lorem ipsum\n".repeat(random.nextInt(random.nextInt(1, 20_000)));
    }
    List<String> lines = new ArrayList<>();
    int known = kind.equals(".json") ? 3 : LINES.size();
    for (int left = random.nextInt(random.nextInt(1, 60)); left > 0; left--) {
      lines.add(
          random.nextInt(20) == 0
              ? "{\"text\": \"%s\"}".formatted("long ".repeat(random.nextInt(40_000)))
              : LINES.get(random.nextInt(known)));
    }
    return mark + (kind.equals(".json") ? lines : String.join("\n", lines));
  }

  private static byte[] packed(String packing, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out =
        switch (packing) {
          case ".gz" -> new GZIPOutputStream(bytes);
          case ".zst" -> new ZstdOutputStream(bytes);
          default -> bytes;
        }) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  /// Most files are whole.
  private static byte[] damaged(byte[] content, SplittableRandom random) {
    return random.nextInt(10) > 0
        ? content
        : Arrays.copyOf(content, random.nextInt(content.length + 1));
  }
}
