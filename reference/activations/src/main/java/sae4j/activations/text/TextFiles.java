// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Text files as documents: a `.jsonl` file holds one JSON value a line with a document in it
/// ([TextField]), and a `.json` file an array of such values; any other file is one document. All
/// may be compressed, `.gz` or `.zst`. All text is UTF-8, checked.
///
/// @param files what to read, in this order
/// @param rules how
public record TextFiles(List<Path> files, TextRules rules) implements DocumentSource {
  /// @throws IllegalArgumentException if there is no file
  public TextFiles {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("text files: none given; name at least one");
    }
  }

  /// Files of which every line must be readable.
  public TextFiles(List<Path> files) {
    this(files, TextRules.STRICT);
  }

  @Override
  public String description() {
    String named =
        files.size() == 1
            ? files.getFirst().toString()
            : files.size() + " files, " + files.getFirst() + " first";
    return named + rules.description();
  }

  @Override
  public Stream<Document> open() throws IOException {
    for (Path file : files) {
      requireReadable(file);
    }
    return Concatenation.of(
        files.stream().map(file -> (Concatenation.Part) () -> reader(file).stream()).toList());
  }

  /// @throws NoSuchFileException if it is not a file that can be read
  static void requireReadable(Path file) throws NoSuchFileException {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new NoSuchFileException(file + ": not a readable file; check the path");
    }
  }

  private DocumentReader reader(Path file) {
    String name = TextInput.unpackedName(file);
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".jsonlines")) {
      return new JsonLines(file, rules);
    }
    return name.endsWith(".json") ? new JsonValues(file, rules) : new PlainText(file, rules);
  }
}
