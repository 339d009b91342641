// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JavaSources;
import sae4j.activations.text.TextPaths;
import sae4j.cli.options.types.DocumentRange;

/// `--text` and `--documents`: what a language model reads.
public final class TextOption {
  private static final long SEED = 1;

  @Option(
      names = "--text",
      paramLabel = "PATH",
      arity = "1..*",
      split = "\n",
      description =
          "Text files and folders. A .jsonl file has a document in the \"text\" of each line. Any"
              + " other file is one document. Files that end in .gz or .zst are unpacked. A folder"
              + " stands for the .java, .txt, .md and .jsonl files below it (default: the Java"
              + " sources on this machine, in a shuffled order that stays the same).")
  private List<Path> text = new ArrayList<>();

  @Option(
      names = "--documents",
      paramLabel = "FROM:TO",
      converter = DocumentRange.Converter.class,
      description =
          "Only the documents from number FROM up to, but not including, number TO. The first has"
              + " number 0, and either number may be left out. Use it to train on one part of a"
              + " text and evaluate on another.")
  private @Nullable DocumentRange documents;

  /// Whether a text was named.
  public boolean given() {
    return !text.isEmpty();
  }

  /// The text.
  ///
  /// @throws IOException if there is none
  public DocumentSource source() throws IOException {
    DocumentSource all =
        text.isEmpty() ? JavaSources.onThisMachine(SEED, Path.of("")) : new TextPaths(text);
    return documents == null ? all : documents.of(all);
  }
}
