// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.references;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import sae4j.files.FormatException;

/// The folder that the Hugging Face hub's tools keep a repository in: `models--OWNER--NAME` with
/// `refs/main`, which names a revision, `snapshots/REVISION`, which looks like the repository, and
/// `blobs`, where the content is.
public final class HubCache {
  private HubCache() {}

  /// Whether a folder is a repository in a cache, by its name.
  static boolean isRepository(Path folder) {
    Path name = folder.getFileName();
    return name != null && name.toString().matches("(models|datasets|spaces)--.+");
  }

  /// The snapshot that a branch or tag is, by its file in `refs`.
  ///
  /// @param repository its folder in a cache
  public static Optional<Path> snapshot(Path repository, String revision) throws IOException {
    Path ref = repository.resolve("refs").resolve(revision);
    if (!Files.isRegularFile(ref) || Files.size(ref) >= 256) {
      return Optional.empty();
    }
    String commit = Files.readString(ref).strip();
    return snapshots(repository).stream().filter(each -> each.endsWith(commit)).findFirst();
  }

  private static List<Path> snapshots(Path repository) throws IOException {
    try (Stream<Path> listed = Files.list(repository.resolve("snapshots"))) {
      return listed.filter(Files::isDirectory).sorted().toList();
    }
  }

  /// What a path stands for: the snapshot of a repository in a cache, and any other path itself.
  ///
  /// @throws FormatException if there is no snapshot, or several and none of them is `refs/main`;
  ///     the message lists them
  public static Path resolved(Path path) throws IOException {
    Path whole = path.toAbsolutePath().normalize();
    Path snapshots = path.resolve("snapshots");
    if (!isRepository(whole) || !Files.isDirectory(snapshots)) {
      return path;
    }
    List<Path> all = snapshots(path);
    Optional<Path> main = snapshot(path, "main");
    if (main.isPresent()) {
      return main.get();
    }
    if (all.size() == 1) {
      return all.getFirst();
    }
    throw new FormatException(
        path,
        "snapshots",
        all.isEmpty()
            ? "there is none"
            : "there are %d and refs/main names none of them: %s".formatted(all.size(), all),
        all.isEmpty() ? "fetch the repository again" : "give one of them");
  }
}
