// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.Unfinished;

/// A file or folder that must not exist yet, claimed by its name before the work begins: of two
/// processes at work on one name, one is refused.
public final class OutputName implements AutoCloseable {
  private final @Nullable FolderLock lock;
  private final Unfinished.Held held = this::end;

  private OutputName(@Nullable FolderLock lock) {
    this.lock = lock;
  }

  /// Claims a name. Where the folder that it belongs in is missing, too, nobody else can be there.
  ///
  /// @throws IOException if there is anything of that name, or a process is at work on it
  public static OutputName claim(Path destination, OutputFolder.Claimant claimant)
      throws IOException {
    return Unfinished.step(() -> take(destination, claimant));
  }

  private static OutputName take(Path destination, OutputFolder.Claimant claimant)
      throws IOException {
    AtomicWrite.requireMissing(destination);
    Path placed = AtomicWrite.placed(destination);
    Path folder = placed.getParent();
    OutputName claimed =
        folder == null || !Files.isDirectory(folder)
            ? new OutputName(null)
            : new OutputName(
                FolderLock.take(
                    destination,
                    folder.resolve("." + placed.getFileName() + FolderLock.FILE),
                    claimant.command()));
    Unfinished.hold(claimed.held);
    return claimed;
  }

  @Override
  public void close() throws IOException {
    Unfinished.release(held);
  }

  private void end() throws IOException {
    if (lock != null) {
      lock.close();
    }
  }
}
