// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.references;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    List<Path> all;
    try (Stream<Path> listed = Files.list(snapshots)) {
      all = listed.filter(Files::isDirectory).sorted().toList();
    }
    Path ref = path.resolve("refs").resolve("main");
    if (Files.isRegularFile(ref) && Files.size(ref) < 256) {
      String revision = Files.readString(ref).strip();
      for (Path snapshot : all) {
        if (snapshot.endsWith(revision)) {
          return snapshot;
        }
      }
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
