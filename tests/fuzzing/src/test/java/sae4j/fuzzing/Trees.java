// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Folders with all that is in them.
final class Trees {
  private Trees() {}

  /// Copies a file, or a folder with its content.
  static void copy(Path from, Path to) throws IOException {
    for (Path each : all(from)) {
      Path copy = to.resolve(from.relativize(each).toString());
      if (Files.isDirectory(each)) {
        Files.createDirectories(copy);
      } else {
        Path parent = copy.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.copy(each, copy);
      }
    }
  }

  static void delete(Path path) throws IOException {
    for (Path each : all(path).reversed()) {
      Files.delete(each);
    }
  }

  /// What is there, each folder before its content; nothing where there is none.
  static List<Path> all(Path path) throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(path)) {
      return walk.sorted(Comparator.naturalOrder()).toList();
    }
  }

  /// The content of files by their paths; a number stands for the bytes.
  static Map<String, Integer> content(Path folder, Predicate<String> wanted) throws IOException {
    Map<String, Integer> content = new TreeMap<>();
    for (Path each : all(folder)) {
      String name = folder.relativize(each).toString();
      if (Files.isRegularFile(each) && wanted.test(name)) {
        content.put(name, Arrays.hashCode(Files.readAllBytes(each)));
      }
    }
    return content;
  }
}
