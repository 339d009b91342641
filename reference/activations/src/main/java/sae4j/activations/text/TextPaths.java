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
import sae4j.activations.text.datasets.HubDataset;
import sae4j.files.Fingerprint;
import sae4j.files.FormatException;
import sae4j.files.hub.Hub;
import sae4j.files.hub.HubName;
import sae4j.models.Tokenizer;

/// What a user names as text: files as [TextFiles] reads them; folders, which stand for the Java
/// sources below them as [SourceTree] reads them and then for the other texts below them, by their
/// names `.txt`, `.md`, `.jsonl` and `.ndjson`, with or without `.gz` or `.zst`, and `.parquet`;
/// and data sets on the hub, of which the hub's cache is read.
///
/// @param paths files, folders and names `hf://datasets/OWNER/NAME`, in this order
/// @param rules how files are read
public record TextPaths(List<Path> paths, TextRules rules) implements DocumentSource {
  private static final Pattern TEXT =
      Pattern.compile(
          ".*\\.((txt|md|jsonl|ndjson|jsonlines)(\\.(gz|zst))?|parquet)", Pattern.CASE_INSENSITIVE);

  /// Other names of files that are read where they are named themselves.
  private static final Pattern ALSO_TEXT =
      Pattern.compile(".*\\.(json|java)(\\.(gz|zst))?", Pattern.CASE_INSENSITIVE);

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
    return String.join(" ", paths.stream().map(TextPaths::named).toList()) + rules.description();
  }

  /// A path as it is written; one that was made of a name on the hub has lost a slash.
  private static String named(Path path) {
    return isOnHub(path) ? HubName.parse(path.toString()).toString() : path.toString();
  }

  private static boolean isOnHub(Path path) {
    return HubName.hasScheme(path.toString());
  }

  private static HubDataset dataset(Path path) throws IOException {
    return HubDataset.cached(Hub.ofEnvironment(), HubName.parse(path.toString()));
  }

  /// A data set on the hub is known by its commit, and not by its files. Files and folders that
  /// follow each other are known together. All stand in the order in which they are read.
  @Override
  public String identity() throws IOException {
    List<String> sums = new ArrayList<>();
    List<Path> local = new ArrayList<>();
    for (Path path : paths) {
      if (!isOnHub(path)) {
        local.add(path);
        continue;
      }
      addFingerprint(local, sums);
      local.clear();
      sums.add(dataset(path).name().toString());
    }
    addFingerprint(local, sums);
    return String.join(" ", sums) + rules.description() + rules.chats().identity();
  }

  private static void addFingerprint(List<Path> local, List<String> sums) throws IOException {
    if (!local.isEmpty()) {
      sums.add(Fingerprint.of(local));
    }
  }

  @Override
  public Stream<Document> open() throws IOException {
    return open(rules);
  }

  @Override
  public Stream<Document> open(Tokenizer reader) throws IOException {
    return open(rules.by(reader));
  }

  /// Says which files of a folder are not read although they would be if they were named.
  private void sayOthers(Path folder) throws IOException {
    List<Path> others =
        SourceTree.visibleFilesBelow(
            folder,
            name -> ALSO_TEXT.matcher(name).matches() && !name.endsWith(SourceTree.EXTENSION));
    if (!others.isEmpty()) {
      rules
          .say()
          .accept(
              "%s: %,d files below it are not read, such as %s; name them to read them, too"
                  .formatted(folder, others.size(), folder.relativize(others.getFirst())));
    }
  }

  private Stream<Document> open(TextRules as) throws IOException {
    List<Concatenation.Part> parts = new ArrayList<>();
    for (Path path : paths) {
      Optional<DatasetFolder> dataset =
          Files.isDirectory(path) ? DatasetFolder.in(path) : Optional.empty();
      if (isOnHub(path)) {
        List<Path> files = dataset(path).files(rules.part(), rules.say());
        parts.addAll(new TextFiles(files, as).parts());
      } else if (dataset.isPresent()) {
        List<String> files = dataset.get().files(rules.part(), rules.say());
        parts.addAll(new TextFiles(files.stream().map(path::resolve).toList(), as).parts());
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
        sayOthers(path);
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
