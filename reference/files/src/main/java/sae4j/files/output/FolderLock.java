// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One process at a time: a file in the folder that the system locks for as long as the process
/// lives, however it ends. The file says who holds it, and is gone when the lock is.
final class FolderLock implements AutoCloseable {
  static final String FILE = ".sae4j.lock";

  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Takes the lock of a folder.
  ///
  /// @param holder what is at work, for the message that another process gets
  /// @throws IOException if another holds it; the message names that process
  static FolderLock take(Path folder, String holder) throws IOException {
    Path file = folder.resolve(FILE);
    while (true) {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (!isLocked(channel)) {
          throw new IOException(
              "%s: is in use by %s; wait until it ends, or choose another folder"
                  .formatted(folder, holderIn(file)));
        }
        String signature =
            "process %d (%s)\n%s"
                .formatted(ProcessHandle.current().pid(), holder, UUID.randomUUID());
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(signature.getBytes(StandardCharsets.UTF_8)));
        if (signature.equals(content(file))) {
          return new FolderLock(file, channel);
        }
        // The holder before deleted the file between our opening and our locking it.
        channel.close();
      } catch (Throwable failure) {
        channel.close();
        throw failure;
      }
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      @Nullable FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException heldByThisProcess) {
      return false;
    }
  }

  private static String holderIn(Path file) throws IOException {
    String holder = content(file).lines().findFirst().orElse("");
    return holder.isEmpty() ? "another process" : holder;
  }

  private static String content(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException released) {
      return "";
    }
  }

  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(file);
    } finally {
      channel.close();
    }
  }
}
