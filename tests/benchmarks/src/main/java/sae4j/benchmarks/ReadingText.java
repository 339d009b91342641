// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.benchmarks;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import sae4j.activations.text.Document;
import sae4j.activations.text.TextPaths;

/// A text of several files, read together and file by file, alternating, on the same machine in the
/// same minutes. Nothing is done with the documents. It prints characters a second of both, and the
/// ratio of the medians with its range round by round.
///
/// Its arguments are files; without any it writes eight JSONL files of 16 MiB, plain, packed by
/// gzip and by zstd, and reads each eight.
public final class ReadingText {
  private static final int ROUNDS = 7;
  private static final int WARM_UP = 2;
  private static final int FILES = 8;
  private static final int BYTES = 1 << 24;

  private ReadingText() {}

  /// Measures.
  ///
  /// @param args files to read
  public static void main(String... args) throws IOException {
    if (args.length > 0) {
      compare("files given", Stream.of(args).map(Path::of).toList());
      return;
    }
    Path folder = Files.createTempDirectory("reading-text");
    for (String packing : List.of("", ".gz", ".zst")) {
      List<Path> files = new ArrayList<>();
      for (int i = 0; i < FILES; i++) {
        files.add(write(folder.resolve(i + ".jsonl" + packing), i));
      }
      compare("jsonl" + packing, files);
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static void compare(String name, List<Path> files) throws IOException {
    List<Double> together = new ArrayList<>();
    List<Double> alone = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      double ours = charactersPerSecond(List.of(files));
      double theirs = charactersPerSecond(files.stream().map(List::of).toList());
      if (round >= 0) {
        together.add(ours);
        alone.add(theirs);
        ratios.add(ours / theirs);
      }
    }
    System.out.printf(
        "%s: %d files, %d processors: together %.1f M characters/s, file by file %.1f;"
            + " ratio %.2f (%.2f … %.2f)%n",
        name,
        files.size(),
        Runtime.getRuntime().availableProcessors(),
        median(together) / 1e6,
        median(alone) / 1e6,
        median(together) / median(alone),
        Collections.min(ratios),
        Collections.max(ratios));
  }

  /// @param texts read one after another
  private static double charactersPerSecond(List<List<Path>> texts) throws IOException {
    long characters = 0;
    long start = System.nanoTime();
    for (List<Path> text : texts) {
      try (Stream<Document> documents = new TextPaths(text).open()) {
        characters += documents.mapToLong(document -> document.text().length()).sum();
      }
    }
    return characters / ((System.nanoTime() - start) / 1e9);
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /// Documents of a few hundred words, drawn so that they shrink as text does.
  private static Path write(Path file, int seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    String name = file.toString();
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out =
            name.endsWith(".gz")
                ? new GZIPOutputStream(raw)
                : name.endsWith(".zst") ? new ZstdOutputStream(raw) : raw) {
      for (int written = 0; written < BYTES; ) {
        StringBuilder line = new StringBuilder("{\"text\": \"");
        for (int words = random.nextInt(50, 600); words > 0; words--) {
          double rank = Math.pow(20_000, random.nextDouble());
          line.append(Integer.toString(7919 * (int) rank, 36)).append(' ');
        }
        byte[] bytes = line.append("\"}\n").toString().getBytes(StandardCharsets.UTF_8);
        out.write(bytes);
        written += bytes.length;
      }
    }
    return file;
  }
}
