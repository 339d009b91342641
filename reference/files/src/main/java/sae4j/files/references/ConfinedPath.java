// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.references;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// A file that another file refers to: a shard that an index lists, data that lie beside a graph.
/// Such a reference must stay in its folder, because a folder from elsewhere must not make a
/// program open, hash or show files of its user.
///
/// Links are followed, and where they end is checked as well. The links of a Hugging Face cache are
/// allowed on purpose: `models--X/snapshots/REVISION/…` may lead to `models--X/blobs/…`.
public final class ConfinedPath {
  private static final String REMEDY =
      "a reference must stay in its folder: fetch the folder again from a source that you trust";

  private ConfinedPath() {}

  /// The file that a reference names.
  ///
  /// @param from the file that holds the reference, for messages
  /// @param field where in that file
  /// @param folder where the reference begins
  /// @param reference a relative path
  /// @throws FormatException if the reference is empty, absolute or leads out of the folder, by
  ///     `..` or by a link, or if there is no such file
  public static Path of(Path from, String field, Path folder, String reference) throws IOException {
    String quoted = FormatException.quote(reference);
    Path named;
    try {
      named = Path.of(reference);
    } catch (InvalidPathException impossible) {
      throw new FormatException(from, field, "is " + quoted + ", no path", REMEDY, impossible);
    }
    if (reference.isBlank() || isOutside(named)) {
      throw new FormatException(
          from, field, "is " + quoted + ", which leads out of " + folder, REMEDY);
    }
    Path file = folder.resolve(named);
    if (!Files.isRegularFile(file)) {
      throw new FormatException(
          from,
          field,
          "is " + quoted + ", which is not there",
          "put the file into " + folder + ", or fetch the folder again");
    }
    if (leadsOut(file, folder)) {
      throw new FormatException(
          from, field, "is " + quoted + ", a link that leads out of " + folder, REMEDY);
    }
    return file;
  }

  /// Refuses a file of a folder from elsewhere whose content will be shown, if it is a link out of
  /// its folder.
  ///
  /// @param what it is, for the message
  public static void requireInside(Path file, String what) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && leadsOut(file, folder)) {
      throw new FormatException(
          file,
          what,
          "is a link that leads out of its folder",
          "put the file itself there, if you trust it");
    }
  }

  /// @param file that is there
  private static boolean leadsOut(Path file, Path folder) throws IOException {
    Path real = file.toRealPath();
    Path home = folder.toRealPath();
    Path blobs = blobs(home);
    return !real.startsWith(home) && (blobs == null || !real.startsWith(blobs));
  }

  private static boolean isOutside(Path named) {
    if (named.isAbsolute() || named.getRoot() != null) {
      return true;
    }
    for (Path part : named) {
      if (part.toString().equals("..")) {
        return true;
      }
    }
    return false;
  }

  /// Where the files of a cache lie that a snapshot links to; null if `folder` is in no cache.
  private static @Nullable Path blobs(Path folder) {
    for (Path at = folder; at.getParent() != null; at = at.getParent()) {
      Path repository = at.getParent();
      if (at.endsWith("snapshots") && HubCache.isRepository(repository)) {
        return repository.resolve("blobs");
      }
    }
    return null;
  }
}
