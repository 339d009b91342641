// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.output;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One process at a time: a file in the folder that the system locks for as long as the process
/// lives, however it ends. The file says who holds it, and is gone when the lock is.
///
/// On POSIX systems a process loses its lock on a file when it closes any channel to that file.
/// Therefore the process that holds a lock never opens the file again.
final class FolderLock implements AutoCloseable {
  static final String FILE = ".sae4j.lock";

  private static final int LONGEST_HOLDER = 1000;

  /// What this process holds, by the file's path without links.
  private static final Map<Path, String> HELD = new HashMap<>();

  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Takes the lock of a folder.
  ///
  /// @param folder exists
  /// @param claimant what is at work, for the message that another process gets
  /// @throws IOException if another holds it; the message names that process
  static FolderLock take(Path folder, String claimant) throws IOException {
    return take(folder, folder.toRealPath().resolve(FILE), claimant);
  }

  /// Takes the lock of a name.
  ///
  /// @param subject what is locked, for the message
  /// @param file whose folder exists, as [sae4j.files.AtomicWrite#placed] has it
  static FolderLock take(Path subject, Path file, String claimant) throws IOException {
    String holder = "process %d (%s)".formatted(ProcessHandle.current().pid(), claimant);
    synchronized (HELD) {
      String other = HELD.get(file);
      if (other != null) {
        throw inUse(subject, other);
      }
      FolderLock lock = take(subject, file);
      try {
        lock.write(holder);
      } catch (IOException full) {
        lock.close();
        throw new IOException(subject + ": " + full.getMessage(), full);
      }
      HELD.put(file, holder);
      return lock;
    }
  }

  private static FolderLock take(Path folder, Path file) throws IOException {
    while (true) {
      if (Files.isSymbolicLink(file)) {
        throw new IOException(file + ": is a link; remove it, or choose another folder");
      }
      Object before = key(file);
      requireOurs(file);
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      boolean taken = false;
      try {
        if (channel.tryLock() == null) {
          throw inUse(folder, holderIn(file));
        }
        // Whoever held the lock before may have deleted the file that we have opened.
        taken = before != null && before.equals(key(file));
        if (taken) {
          return new FolderLock(file, channel);
        }
      } finally {
        if (!taken) {
          channel.close();
        }
      }
    }
  }

  /// @throws IOException if there is a file of that name that no lock has written
  private static void requireOurs(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return;
    }
    String content = "";
    try (InputStream in = Files.newInputStream(file)) {
      content = new String(in.readNBytes(LONGEST_HOLDER), StandardCharsets.UTF_8);
    } catch (NoSuchFileException released) {
      return;
    }
    if (!content.isEmpty() && !content.matches("(?s)process \\d+ \\(.*")) {
      throw new IOException(
          file
              + ": was not written by sae4j and would be lost; move it away, or choose another"
              + " folder");
    }
  }

  /// Tells files apart without opening them; null where there is none.
  private static @Nullable Object key(Path file) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.fileKey() == null ? attributes.creationTime() : attributes.fileKey();
    } catch (NoSuchFileException missing) {
      return null;
    }
  }

  private static IOException inUse(Path folder, String holder) {
    return new IOException(
        "%s: is in use by %s; wait until it ends, or choose another folder"
            .formatted(folder, holder));
  }

  private static String holderIn(Path file) throws IOException {
    try {
      String holder = Files.readString(file).strip();
      return holder.isEmpty() ? "another process" : holder;
    } catch (NoSuchFileException released) {
      return "another process";
    }
  }

  private void write(String holder) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
  }

  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      HELD.remove(file);
      try {
        Files.deleteIfExists(file);
      } finally {
        channel.close();
      }
    }
  }
}
