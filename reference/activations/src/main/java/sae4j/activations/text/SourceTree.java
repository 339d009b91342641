package sae4j.activations.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The `.java` files below a folder, in the order of their paths; each document starts at its
/// `package` line. Folders named `target` and hidden folders are passed over.
///
/// @param root the folder
public record SourceTree(Path root) implements DocumentSource {
  @Override
  public String description() {
    return "Java sources below " + root;
  }

  @Override
  public Stream<Document> open() throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files =
          walk.filter(path -> path.toString().endsWith(".java") && isSource(root.relativize(path)))
              .sorted()
              .toList();
    }
    return files.stream().map(this::read);
  }

  private static boolean isSource(Path relative) {
    for (Path segment : relative) {
      if (segment.toString().equals("target") || segment.toString().startsWith(".")) {
        return false;
      }
    }
    return true;
  }

  private Document read(Path file) {
    try {
      String source = Files.readString(file, StandardCharsets.UTF_8);
      return new Document(root.relativize(file).toString(), JavaText.fromPackageLine(source));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }
}
