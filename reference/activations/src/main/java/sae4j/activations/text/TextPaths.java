// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sae4j.activations.text.datasets.DatasetFolder;
import sae4j.files.Fingerprint;
import sae4j.files.FormatException;
import sae4j.models.Tokenizer;

/// What a user names as text: files as [TextFiles] reads them, and folders, which stand for the
/// Java sources below them as [SourceTree] reads them and then for the other texts below them, by
/// their names `.txt`, `.md`, `.jsonl` and `.ndjson`, with or without `.gz` or `.zst`, and
/// `.parquet`.
///
/// @param paths files and folders, in this order
/// @param rules how files are read
public record TextPaths(List<Path> paths, TextRules rules) implements DocumentSource {
  private static final Pattern TEXT =
      Pattern.compile(
          ".*\\.((txt|md|jsonl|ndjson)(\\.(gz|zst))?|parquet)", Pattern.CASE_INSENSITIVE);

  /// @throws IllegalArgumentException if there is no path
  public TextPaths {
    paths = List.copyOf(paths);
    if (paths.isEmpty()) {
      throw new IllegalArgumentException("text: no path given; name a file or a folder");
    }
  }

  /// Paths to files of which every line must be readable.
  public TextPaths(List<Path> paths) {
    this(paths, TextRules.STRICT);
  }

  @Override
  public String description() {
    return String.join(" ", paths.stream().map(Path::toString).toList()) + rules.description();
  }

  @Override
  public String identity() throws IOException {
    return Fingerprint.of(paths) + rules.description() + rules.chats().identity();
  }

  @Override
  public Stream<Document> open() throws IOException {
    return open(rules);
  }

  @Override
  public Stream<Document> open(Tokenizer reader) throws IOException {
    return open(rules.by(reader));
  }

  private Stream<Document> open(TextRules as) throws IOException {
    List<Concatenation.Part> parts = new ArrayList<>();
    for (Path path : paths) {
      Optional<DatasetFolder> dataset =
          Files.isDirectory(path) ? DatasetFolder.in(path) : Optional.empty();
      if (dataset.isPresent()) {
        parts.addAll(new TextFiles(dataset.get().files(rules.part(), rules.say()), as).parts());
      } else if (rules.part().named()) {
        throw new FormatException(
            path,
            "data set",
            "is none, so it has no subsets and no splits",
            "leave out --subset and --split, or name the folder of a data set");
      } else if (Files.isDirectory(path)) {
        List<Concatenation.Part> sources = new SourceTree(path).parts();
        parts.addAll(sources);
        List<Path> texts = SourceTree.visibleFilesBelow(path, TEXT.asMatchPredicate());
        if (!texts.isEmpty()) {
          parts.addAll(new TextFiles(texts, as).parts());
        } else if (sources.isEmpty()) {
          throw new NoSuchFileException(
              path.toString(),
              null,
              "there is no text below it; name a folder with .java, .txt, .md, .jsonl or .parquet"
                  + " files");
        }
      } else {
        parts.addAll(new TextFiles(List.of(path), as).parts());
      }
    }
    return Concatenation.of(parts);
  }
}
