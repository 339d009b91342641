// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import sae4j.files.FormatException;

/// A seeded sample of the Java platform's own sources, from the `lib/src.zip` of a JDK: Java text
/// that the user already has.
///
/// Files of `java.*` and `javax.*` packages are shuffled by the seed, so that a [#slice] is a fair
/// sample and a program can train on one and hold out another. Tables of generated data (files over
/// 64 KiB) are left out. Each document starts at its `package` line.
public final class JdkSources implements DocumentSource {
  private static final int LARGEST_BYTES = 64 * 1024;
  private static final Pattern PLATFORM_SOURCE =
      Pattern.compile("[a-z.]+/(java|javax)/.*/(?!package-info)[^/-]+\\.java");

  private final Path srcZip;
  private final long seed;

  private JdkSources(Path srcZip, long seed) {
    this.srcZip = srcZip;
    this.seed = seed;
  }

  /// The sources of the JDK that runs this program, all of them, shuffled by `seed`.
  ///
  /// @return empty where that JDK came without sources
  public static Optional<JdkSources> ofThisJdk(long seed) {
    Path srcZip = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    return Files.isReadable(srcZip) ? Optional.of(of(srcZip, seed)) : Optional.empty();
  }

  /// The sources in a given `src.zip`, all of them, shuffled by `seed`.
  public static JdkSources of(Path srcZip, long seed) {
    return new JdkSources(srcZip, seed);
  }

  @Override
  public String description() {
    return "Java sources of " + srcZip + ", seed " + seed;
  }

  @Override
  public Stream<Document> open() throws IOException {
    ZipFile zip = openZip();
    List<ZipEntry> entries =
        zip.stream()
            .filter(
                entry ->
                    PLATFORM_SOURCE.matcher(entry.getName()).matches()
                        && entry.getSize() <= LARGEST_BYTES)
            .sorted((a, b) -> a.getName().compareTo(b.getName()))
            .collect(Collectors.toList());
    Collections.shuffle(entries, new Random(seed));
    return entries.stream().map(entry -> read(zip, entry)).onClose(() -> close(zip));
  }

  private ZipFile openZip() throws IOException {
    try {
      return new ZipFile(srcZip.toFile());
    } catch (java.util.zip.ZipException e) {
      throw new FormatException(
          srcZip, "zip directory", "unreadable", "give the lib/src.zip of a JDK", e);
    }
  }

  private static Document read(ZipFile zip, ZipEntry entry) {
    try (InputStream in = zip.getInputStream(entry)) {
      String source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Document(entry.getName(), JavaText.fromPackageLine(source));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void close(ZipFile zip) {
    try {
      zip.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
