// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.named.NamedChannel;
import sae4j.files.references.HubCache;

/// A repository as huggingface_hub keeps it: the content of each file in `blobs`, under its sum;
/// `snapshots/COMMIT`, which looks like the repository and links to the blobs; and `refs/REVISION`,
/// which holds a commit. A file that either program fetched is found by the other.
final class CachedRepository {
  private static final Duration LOCK_POLL = Duration.ofMillis(200);

  private final Linking linking;
  private final Path root;
  private final Path locks;

  /// Makes a symbolic link.
  interface Linking {
    void link(Path place, Path target) throws IOException;
  }

  CachedRepository(HubSettings settings, HubName name) {
    this(settings, name, Files::createSymbolicLink);
  }

  /// @param linking makes symbolic links, or fails where a file system has none
  CachedRepository(HubSettings settings, HubName name, Linking linking) {
    this.linking = linking;
    String folder = "models--" + name.repository().replace("/", "--");
    this.root = settings.cache().toAbsolutePath().resolve(folder);
    this.locks = settings.cache().toAbsolutePath().resolve(".locks").resolve(folder);
  }

  /// The snapshot that a name's revision was when it was last fetched.
  Optional<Path> snapshot(HubName name) throws IOException {
    if (name.isPinned()) {
      return Optional.of(snapshot(name.revision())).filter(Files::isDirectory);
    }
    return Files.isDirectory(root.resolve("snapshots"))
        ? HubCache.snapshot(root, name.revision())
        : Optional.empty();
  }

  /// Where a commit is, or will be.
  Path snapshot(String commit) {
    return root.resolve("snapshots").resolve(commit);
  }

  /// Remembers which commit a revision is.
  void remember(HubName name, String commit) throws IOException {
    if (name.isPinned()) {
      return;
    }
    Path ref = root.resolve("refs").resolve(name.revision());
    if (Files.isRegularFile(ref) && Files.readString(ref).strip().equals(commit)) {
      return; // perhaps in a cache that cannot be written
    }
    Files.createDirectories(Objects.requireNonNull(ref.getParent()));
    AtomicWrite.file(ref, commit.getBytes(StandardCharsets.US_ASCII));
  }

  /// Where the content of a file is, or will be.
  Path blob(HubFile file) {
    return root.resolve("blobs").resolve(file.sum());
  }

  /// Where its content is until it is whole. It outlives a process that is stopped, and the next
  /// one goes on with it.
  Path unfinished(HubFile file) {
    return root.resolve("blobs").resolve(file.sum() + ".sae4j.incomplete");
  }

  /// Whether the content of a file is here.
  boolean has(HubFile file) throws IOException {
    Path blob = blob(file);
    return Files.isRegularFile(blob) && Files.size(blob) == file.size();
  }

  /// Whether all of a file has come, right or not.
  boolean isComplete(HubFile file) throws IOException {
    Path unfinished = unfinished(file);
    return Files.exists(unfinished) && Files.size(unfinished) == file.size();
  }

  /// Makes a file appear in a snapshot.
  void link(String commit, HubFile file) throws IOException {
    Path place = snapshot(commit).resolve(file.path());
    if (Files.isRegularFile(place) && Files.size(place) == file.size()) {
      return;
    }
    Path folder = Objects.requireNonNull(place.getParent());
    Files.createDirectories(folder);
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      Files.delete(place); // a link to what is gone, or a file of another size
    }
    Path blob = blob(file);
    try {
      linking.link(place, folder.relativize(blob));
    } catch (FileAlreadyExistsException another) {
      // Another process has fetched it in the meantime.
    } catch (UnsupportedOperationException | IOException noLinks) {
      AtomicWrite.file(
          place,
          channel -> {
            try (FileChannel content = FileChannel.open(blob)) {
              for (long done = 0; done < content.size(); ) {
                done += content.transferTo(done, content.size() - done, channel);
              }
            }
          });
    }
  }

  /// Gives what is whole its place.
  void keep(HubFile file) throws IOException {
    Files.move(unfinished(file), blob(file), StandardCopyOption.ATOMIC_MOVE);
  }

  /// Throws away what is not what it should be.
  void discard(HubFile file) throws IOException {
    Files.deleteIfExists(unfinished(file));
  }

  /// Opens what there is of a file, to add to it.
  ///
  /// @param size how many bytes of it are right
  FileChannel open(HubFile file, long size) throws IOException {
    FileChannel channel =
        new NamedChannel(
            FileChannel.open(unfinished(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            unfinished(file));
    try {
      return channel.truncate(size).position(size);
    } catch (Throwable failure) {
      channel.close();
      throw failure;
    }
  }

  /// The right to fetch a file, which one process has at a time.
  record Turn(FileChannel channel, FileLock lock) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      lock.release();
      channel.close();
    }
  }

  /// Waits for the right to fetch a file.
  Turn turn(HubFile file, HubProgress progress) throws IOException {
    Files.createDirectories(locks);
    Files.createDirectories(root.resolve("blobs"));
    FileChannel channel =
        FileChannel.open(
            locks.resolve(file.sum() + ".sae4j.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    try {
      for (boolean said = false; ; said = true) {
        FileLock lock = tryLock(channel);
        if (lock != null) {
          return new Turn(channel, lock);
        }
        if (!said) {
          progress.says("waiting for another process that fetches " + file.path());
        }
        Hub.sleep(LOCK_POLL);
      }
    } catch (Throwable failure) {
      channel.close();
      throw failure;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException anotherThread) {
      return null;
    }
  }
}
