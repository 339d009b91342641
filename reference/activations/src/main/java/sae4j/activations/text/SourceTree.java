// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.output.ForeignFiles;

/// The `.java` files below a folder, in the order of their paths; each document starts at its
/// `package` line. Folders named `target`, hidden folders and those that this program wrote are
/// passed over.
///
/// @param root the folder
public record SourceTree(Path root) implements DocumentSource {
  /// What the names of sources end in.
  static final String EXTENSION = ".java";

  @Override
  public String description() {
    return "Java sources below " + root;
  }

  @Override
  public Stream<Document> open() throws IOException {
    return Concatenation.of(parts());
  }

  /// The files one by one.
  List<Concatenation.Part> parts() throws IOException {
    return visibleFilesBelow(root, name -> name.endsWith(EXTENSION)).stream()
        .map(
            path ->
                new Concatenation.Part(
                    path, TextRules.STRICT, (file, rules) -> new JavaFile(root, file, rules)))
        .toList();
  }

  /// The files below a folder that have such names, in the order of their paths. Hidden folders,
  /// those of build results and those that this program wrote are left out.
  static List<Path> visibleFilesBelow(Path root, Predicate<String> name) throws IOException {
    return ForeignFiles.below(root, each -> !each.equals("target") && !each.startsWith("."))
        .stream()
        .filter(file -> name.test(String.valueOf(file.getFileName())))
        .toList();
  }

  /// A file that is one document.
  private static final class JavaFile extends DocumentReader {
    private final Path root;
    private boolean ended;

    JavaFile(Path root, Path file, TextRules rules) {
      super(file, rules);
      this.root = root;
    }

    @Override
    @Nullable Document next() throws IOException {
      if (ended) {
        return null;
      }
      ended = true;
      try (Reader characters = TextInput.characters(file, rules)) {
        StringWriter source = new StringWriter();
        characters.transferTo(source);
        return new Document(
            root.relativize(file).toString(), JavaText.fromPackageLine(source.toString()));
      }
    }

    @Override
    String place() {
      return "text";
    }

    @Override
    void close() {}
  }
}
