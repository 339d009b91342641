// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.Document.Part;

/// Text files as documents: a `.jsonl` file holds one JSON value a line with a document in it
/// ([sae4j.activations.text.fields.TextField]), and a `.json` file an array of such values; a
/// `.parquet` file has one in each row; any other file is one document. All but Parquet may be
/// compressed, `.gz` or `.zst`. All text is UTF-8, checked.
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
    return Concatenation.of(parts());
  }

  /// The files one by one, each looked at before the first is read: a wrong one should not show
  /// after an hour.
  List<Concatenation.Part> parts() throws IOException {
    for (Path file : files) {
      requireReadable(file);
    }
    return files.stream()
        .map(file -> new Concatenation.Part(file, rules, TextFiles::reader))
        .toList();
  }

  /// @throws NoSuchFileException if it is not a file that can be read
  private static void requireReadable(Path file) throws NoSuchFileException {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new NoSuchFileException(file + ": not a readable file; check the path");
    }
  }

  private static DocumentReader reader(Path file, TextRules rules) {
    String name = TextInput.unpackedName(file);
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".jsonlines")) {
      return new JsonLines(file, rules);
    }
    if (name.endsWith(".parquet")) {
      return new ParquetText(file, rules);
    }
    return name.endsWith(".json") ? new JsonValues(file, rules) : new PlainText(file, rules);
  }

  /// A file that is one document, in parts of 65,536 characters where it is longer.
  private static final class PlainText extends DocumentReader {
    private static final int PART = 1 << 16;

    private final char[] buffer = new char[PART + 1];
    private @Nullable Reader reader;
    private int filled;
    private boolean begun;
    private boolean ended;

    PlainText(Path file, TextRules rules) {
      super(file, rules);
    }

    @Override
    @Nullable Document next() throws IOException {
      if (ended) {
        return null;
      }
      if (reader == null) {
        reader = TextInput.characters(file, rules);
      }
      boolean more = true;
      while (filled < buffer.length && more) {
        int count = reader.read(buffer, filled, buffer.length - filled);
        more = count >= 0;
        filled += Math.max(0, count);
      }
      // One character more than a part was read if there is one: so this knows whether it is the
      // last.
      ended = filled < buffer.length;
      int length = ended ? filled : PART - (Character.isHighSurrogate(buffer[PART - 1]) ? 1 : 0);
      Document document =
          new Document(file.toString(), new String(buffer, 0, length), Part.of(!begun, ended));
      System.arraycopy(buffer, length, buffer, 0, filled - length);
      filled -= length;
      begun = true;
      return document;
    }

    @Override
    String place() {
      return "text";
    }

    @Override
    void close() throws IOException {
      if (reader != null) {
        reader.close();
      }
    }
  }
}
