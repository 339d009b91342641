// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ConcatenationTest {
  private static final String BLOCK = "x".repeat(1 << 15);

  @TempDir private Path folder;

  private final Map<Path, AtomicLong> given = new ConcurrentHashMap<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final Set<Path> open = ConcurrentHashMap.newKeySet();

  /// A file of documents that take 64 KiB each.
  private final class Blocks extends DocumentReader {
    private final long count;

    Blocks(Path file, TextRules rules, long count) {
      super(file, rules);
      this.count = count;
    }

    @Override
    @Nullable Document next() {
      threads.add(Thread.currentThread());
      open.add(file);
      AtomicLong so = given.computeIfAbsent(file, _ -> new AtomicLong());
      return so.get() == count ? null : new Document("b" + so.incrementAndGet(), BLOCK);
    }

    @Override
    String place() {
      return "block";
    }

    @Override
    void close() {
      open.remove(file);
    }
  }

  private Stream<Document> blocks(int files, int atOnce, long count) throws IOException {
    List<Concatenation.Part> parts = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      Path file = Files.createFile(folder.resolve("" + i));
      parts.add(
          new Concatenation.Part(
              file, TextRules.STRICT, (path, rules) -> new Blocks(path, rules, count)));
    }
    return Concatenation.of(parts, atOnce);
  }

  private long read() {
    return given.values().stream().mapToLong(AtomicLong::get).sum();
  }

  /// Waits until nothing is read any more.
  private long readInTheEnd() throws InterruptedException {
    long before = -1;
    for (long now = read(); now != before; now = read()) {
      before = now;
      Thread.sleep(Duration.ofMillis(200));
    }
    return before;
  }

  @Test
  void no_more_is_read_than_may_wait() throws Exception {
    try (Stream<Document> documents = blocks(7, 3, 10_000)) {
      Iterator<Document> iterator = documents.iterator();
      iterator.next();
      // 4 MiB of each wait, 256 KiB more are about to, and as many were handed over
      assertThat(readInTheEnd() * 64).isBetween(3 * 4096L, 3 * (4096L + 2 * 256));
      assertThat(open).hasSize(3);
    }
  }

  @Test
  void closing_early_ends_the_threads_and_closes_the_files() throws Exception {
    try (Stream<Document> documents = blocks(7, 3, 10_000)) {
      documents.iterator().next();
      readInTheEnd();
      assertThat(threads).hasSize(3).allMatch(Thread::isVirtual).allMatch(Thread::isAlive);
    }
    assertThat(threads).noneMatch(Thread::isAlive);
    assertThat(open).isEmpty();
  }

  @Test
  void files_that_are_never_read_are_never_opened() throws Exception {
    try (Stream<Document> _ = blocks(3, 3, 10)) {
      assertThat(threads).isEmpty();
    }
    assertThat(threads).isEmpty();
  }

  @Test
  void a_file_alone_is_read_by_the_caller_one_document_at_a_time() throws Exception {
    try (Stream<Document> documents = blocks(1, 3, 100)) {
      Iterator<Document> iterator = documents.iterator();
      iterator.next();
      assertThat(readInTheEnd()).isEqualTo(1);
      assertThat(threads).containsExactly(Thread.currentThread());
    }
  }

  @Test
  void closing_closes_the_files_of_every_kind() throws Exception {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors), "open files are not listed here");
    Path line = folder.resolve("0.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(line))) {
      out.write("{\"text\": \"a line\"}\n".repeat(500_000).getBytes(StandardCharsets.UTF_8));
    }
    List<Path> files = new ArrayList<>(List.of(line));
    for (String name : List.of("zstd-1.0.parquet", "plain.parquet")) {
      files.add(Files.copy(Path.of("src/test/resources/parquet", name), folder.resolve(name)));
    }
    try (Stream<Document> documents = Concatenation.of(new TextFiles(files).parts(), 3)) {
      documents.iterator().next();
      assertThat(openIn(descriptors)).contains(line);
    }
    assertThat(openIn(descriptors)).isEmpty();
  }

  private List<Path> openIn(Path descriptors) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> listed = Files.list(descriptors)) {
      for (Path each : listed.toList()) {
        if (Files.isSymbolicLink(each)) {
          Path target = Files.readSymbolicLink(each);
          if (target.startsWith(folder.toRealPath())) {
            found.add(target);
          }
        }
      }
    }
    return found;
  }

  /// Of a file without an end, none of whose lines can be read, nothing comes by itself.
  @Test
  void a_thread_that_finds_nothing_is_stopped_too() throws Exception {
    Path first = Files.writeString(folder.resolve("a.jsonl"), "{\"text\": \"one\"}\n");
    Path second = folder.resolve("b.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(second))) {
      byte[] lines = "\n".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < 200; i++) {
        out.write(lines);
      }
    }
    List<String> said = new ArrayList<>();
    List<Concatenation.Part> parts =
        new TextFiles(List.of(first, second), new TextRules(null, null, false, said::add)).parts();
    long begin = System.nanoTime();
    long whole;
    try (Stream<Document> documents = Concatenation.of(parts, 2)) {
      assertThat(documents.toList()).hasSize(1);
      whole = System.nanoTime() - begin;
    }
    begin = System.nanoTime();
    try (Stream<Document> documents = Concatenation.of(parts, 2)) {
      documents.iterator().next();
    }
    assertThat(System.nanoTime() - begin).isLessThan(whole / 2);
    assertThat(said).isEmpty();
  }

  @Test
  void a_failure_waits_for_the_documents_before_it() throws Exception {
    List<Path> files = new ArrayList<>();
    for (String content : List.of("one", "two", "not a line", "four")) {
      boolean right = !content.contains(" ");
      files.add(
          Files.writeString(
              folder.resolve(files.size() + ".jsonl"),
              right ? "{\"text\": \"%s\"}\n".formatted(content) : content));
    }
    List<String> read = new ArrayList<>();
    try (Stream<Document> documents = Concatenation.of(new TextFiles(files).parts(), 4)) {
      Iterator<Document> iterator = documents.iterator();
      read.add(iterator.next().text());
      Thread.sleep(Duration.ofMillis(200));
      read.add(iterator.next().text());
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(iterator::hasNext)
            .isInstanceOf(UncheckedIOException.class)
            .hasMessageContainingAll("2.jsonl", "line 1");
      }
    }
    assertThat(read).containsExactly("one", "two");
  }
}
