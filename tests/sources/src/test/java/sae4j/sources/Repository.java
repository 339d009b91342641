// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.sources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The project's files as they lie in its folders, without what builds have made of them.
final class Repository {
  /// The top folder, found from wherever the tests run.
  static final Path ROOT = root();

  private static final List<String> ROOMS = List.of("reference", "backends", "cli", "tests");

  private Repository() {}

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve(".mvn"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("no folder above " + Path.of("").toAbsolutePath());
      }
      folder = parent;
    }
    return folder;
  }

  /// The Java files that are ours to format: all but the article's, which mirror its listing.
  static List<Path> javaSources() {
    return files(".java")
        .filter(file -> !file.startsWith(ROOT.resolve("reference/article")))
        .toList();
  }

  /// The files of all rooms whose names end so, in the order of their paths.
  static Stream<Path> files(String ending) {
    return ROOMS.stream()
        .map(ROOT::resolve)
        .flatMap(Repository::walk)
        .filter(file -> file.toString().endsWith(ending))
        .filter(file -> !ROOT.relativize(file).toString().contains("target/"))
        .sorted();
  }

  private static Stream<Path> walk(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.toList().stream();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
