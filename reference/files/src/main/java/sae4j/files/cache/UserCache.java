// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.ending.BeforeTheEnd;

/// The folder in which the program keeps for a user what it can make again. It may be removed at
/// any time.
public final class UserCache {
  private static @Nullable Path used;

  private UserCache() {}

  /// Where the programs of a user keep such folders: `$XDG_CACHE_HOME`, or else `~/.cache`.
  public static Path ofAllPrograms(Map<String, String> environment) {
    Path home = Path.of(System.getProperty("user.home"));
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "").strip();
    if (xdg.isEmpty()) {
      return home.resolve(".cache");
    }
    return xdg.startsWith("~/") ? home.resolve(xdg.substring(2)) : Path.of(xdg);
  }

  /// The folder, made if it is missing; empty if it cannot be written.
  public static Optional<Path> folder() {
    Path folder = ofAllPrograms(System.getenv()).resolve("sae4j").toAbsolutePath();
    try {
      Files.createDirectories(folder);
      return Optional.of(folder).filter(Files::isWritable);
    } catch (IOException readOnly) {
      return Optional.empty();
    }
  }

  /// The folder, or else one among the temporary files that goes when the process ends.
  ///
  /// @throws IOException if there is no place for that either
  public static synchronized Path folderOrTemporary() throws IOException {
    if (used != null) {
      return used;
    }
    Optional<Path> kept = folder();
    if (kept.isPresent()) {
      used = kept.get();
      return kept.get();
    }
    // It gets a random name, because native code is loaded from it and other users may write to the
    // folder above.
    Path temporary = Files.createTempDirectory("sae4j-");
    BeforeTheEnd.also(() -> delete(temporary));
    used = temporary;
    return temporary;
  }

  private static void delete(Path folder) {
    try {
      AtomicWrite.deleteTree(folder);
    } catch (IOException leftBehind) {
      // the system cleans its temporary folder
    }
  }
}
