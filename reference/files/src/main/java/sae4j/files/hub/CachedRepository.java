// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.named.NamedChannel;
import sae4j.files.references.HubCache;

/// A repository as huggingface_hub keeps it: the content of each file in `blobs`, under its sum;
/// `snapshots/COMMIT`, which looks like the repository and links to the blobs; and `refs/REVISION`,
/// which holds a commit. A file that either program fetched is found by the other.
final class CachedRepository {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILES = "files";
  private static final String SIZE = "size";
  private static final String SUM = "blob_id";
  private static final String LARGE_SIZE = "lfs_size";
  private static final String LARGE_SUM = "lfs_sha256";
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
    String folder = name.kind().folder(name.repository());
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

  /// What a name stood for when it was last listed, by us or by huggingface_hub, beside the
  /// snapshots, which have some of the files. Empty if it never was.
  ///
  /// @param name at a commit
  Optional<HubListing> listing(HubName name) throws IOException {
    List<HubFile> files = tree(listed(name));
    if (files.isEmpty()) {
      String path = name.path();
      files =
          tree(root.resolve("trees").resolve(name.revision() + ".json")).stream()
              .filter(
                  file ->
                      path.isEmpty()
                          || file.path().equals(path)
                          || file.path().startsWith(path + "/"))
              .toList();
    }
    return files.isEmpty()
        ? Optional.empty()
        : Optional.of(new HubListing(name, name.revision(), files));
  }

  /// The files that a list names, ordered by path; none if there is no such list, or it is damaged.
  private static List<HubFile> tree(Path list) throws IOException {
    List<HubFile> files = new ArrayList<>();
    if (Files.isRegularFile(list)) {
      try {
        for (Map.Entry<String, JsonNode> each :
            JSON.readTree(list.toFile()).path(FILES).properties()) {
          JsonNode file = each.getValue();
          boolean large = file.hasNonNull(LARGE_SUM);
          files.add(
              new HubFile(
                  each.getKey(),
                  file.path(large ? LARGE_SIZE : SIZE).asLong(-1),
                  file.path(large ? LARGE_SUM : SUM).asText()));
        }
      } catch (JacksonException damaged) {
        return List.of();
      }
    }
    boolean strange =
        files.stream()
            .anyMatch(
                each ->
                    each.size() < 0
                        || !each.sum().matches("[0-9a-f]+")
                        || HubName.isStrange(each.path()));
    return strange ? List.of() : files.stream().sorted(comparing(HubFile::path)).toList();
  }

  /// Remembers what a folder stands for, so that a part of it is never taken for the whole. The
  /// list is written as huggingface_hub writes its own, but apart from it: that one names what the
  /// hub says to programs that want more than the files.
  void keep(HubListing listing) throws IOException {
    Path list = listed(listing.name().at(listing.commit()));
    if (listing.isFile() || Files.isRegularFile(list)) {
      return;
    }
    ObjectNode root = JSON.createObjectNode().put("format_version", 1);
    ObjectNode files = root.putObject(FILES);
    for (HubFile file : listing.files()) {
      files
          .putObject(file.path())
          .put(file.isLarge() ? LARGE_SIZE : SIZE, file.size())
          .put(file.isLarge() ? LARGE_SUM : SUM, file.sum());
    }
    Files.createDirectories(Objects.requireNonNull(list.getParent()));
    AtomicWrite.file(list, JSON.writeValueAsBytes(root));
  }

  private Path listed(HubName name) {
    return root.resolve(".sae4j")
        .resolve(name.revision())
        .resolve(name.path())
        .resolve(".files.json");
  }

  /// What a snapshot has of a name.
  ///
  /// @param name at a commit
  HubListing found(HubName name) throws IOException {
    Path snapshot = snapshot(name.revision());
    List<HubFile> files = new ArrayList<>();
    try (Stream<Path> below = Files.walk(snapshot.resolve(name.path()))) {
      for (Path file : below.filter(Files::isRegularFile).sorted().toList()) {
        String path = snapshot.relativize(file).toString().replace('\\', '/');
        files.add(new HubFile(path, Files.size(file), ""));
      }
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
    return new HubListing(name, name.revision(), files);
  }

  /// Where a file of a commit is, if it is there, of the size that it should have.
  Optional<Path> file(String commit, HubFile file) throws IOException {
    Path place = snapshot(commit).resolve(file.path());
    return Files.isRegularFile(place) && Files.size(place) == file.size()
        ? Optional.of(place)
        : Optional.empty();
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
    if (file(commit, file).isPresent()) {
      return;
    }
    Path place = snapshot(commit).resolve(file.path());
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
