// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.named.NamedChannel;

/// Writes files and folders completely or not at all.
///
/// New content is written beside its destination under a temporary name, forced to the disk, and
/// renamed into place. A reader of the destination sees either the old content or the new. If
/// writing fails, or the process is told to end, the temporary content is removed and the old
/// content remains. Only a process that dies leaves a file behind, under the name
/// `.NAME.….partial`; [#sweep] removes it.
public final class AtomicWrite {
  private static final Pattern OURS =
      Pattern.compile(
          "\\..+\\.(\\d{1,18})\\.(\\d{1,18})\\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
              + "\\.(?:partial|replaced)");

  private AtomicWrite() {}

  /// Writes the content of a file.
  public interface FileContent {
    /// @param channel open for reading and writing, at its beginning; closed by the caller
    void writeTo(FileChannel channel) throws IOException;
  }

  /// Writes the content of a folder.
  public interface FolderContent {
    /// @param folder empty; receives the files
    void writeTo(Path folder) throws IOException;
  }

  /// Writes a file, replacing an existing one atomically. A symbolic link stays, and the file that
  /// it points to is replaced.
  ///
  /// @throws IOException if the folder it belongs in does not exist, or writing fails; whatever
  ///     `content` throws passes through
  public static void file(Path destination, FileContent content) throws IOException {
    Path target = withoutLinks(destination);
    Path partial = beside(target, "partial");
    try {
      try (FileChannel channel =
          new NamedChannel(begin(partial, beforeLastLink(destination)), destination)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Unfinished.finish(partial, () -> Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE));
    } catch (FileSystemException failure) {
      deleteAfter(failure, partial);
      throw renamed(failure, partial, destination);
    } catch (Throwable failure) {
      deleteAfter(failure, partial);
      throw failure;
    }
    forceFolder(parent(target));
  }

  private static FileChannel begin(Path partial, Path target) throws IOException {
    return Unfinished.begin(
        partial,
        target,
        () ->
            FileChannel.open(
                partial,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
  }

  /// A failure under the name that the user knows, instead of a temporary one.
  private static FileSystemException renamed(
      FileSystemException failure, Path partial, Path destination) {
    String file = failure.getFile();
    if (file == null || !file.startsWith(partial.toString())) {
      return failure;
    }
    String known = destination + file.substring(partial.toString().length());
    FileSystemException renamed =
        failure instanceof AccessDeniedException
            ? new AccessDeniedException(known, null, failure.getReason())
            : new FileSystemException(known, null, failure.getReason());
    renamed.initCause(failure);
    return renamed;
  }

  /// Checks, before any work, that nothing would be replaced. What processes that died have left of
  /// a file or folder of that name is removed.
  ///
  /// @throws IOException if there is anything at the destination
  public static void requireMissing(Path destination) throws IOException {
    boolean parentIsThere = Files.isDirectory(parent(beforeLastLink(destination)));
    if (parentIsThere) {
      recoverFolder(destination);
    }
    if (Files.exists(destination, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(destination + ": is already there; choose another path");
    }
    if (!parentIsThere) {
      return;
    }
    Path target = withoutLinks(destination);
    String begin = "." + target.getFileName() + ".";
    for (Path leftover : ours(parent(target), 1)) {
      if (leftover.getFileName().toString().startsWith(begin) && !isBeingWritten(leftover)) {
        deleteTree(leftover);
      }
    }
  }

  /// Removes what processes that died have left half written.
  ///
  /// @param depth how many folders deep to look; 1 for the folder itself
  public static void sweep(Path folder, int depth) throws IOException {
    for (Path leftover : ours(folder, depth)) {
      if (leftover.toString().endsWith(".partial") && !isBeingWritten(leftover)) {
        deleteTree(leftover);
      }
    }
  }

  private static List<Path> ours(Path folder, int depth) throws IOException {
    try (Stream<Path> below = Files.walk(folder, depth)) {
      return below
          .filter(path -> path.getFileName() != null && isTemporary(path.getFileName()))
          .toList();
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  /// Whether something has a temporary name of ours.
  public static boolean isTemporary(Path name) {
    return OURS.matcher(name.toString()).matches();
  }

  private static boolean isBeingWritten(Path partial) {
    Matcher name = OURS.matcher(partial.getFileName().toString());
    return name.matches()
        && ProcessHandle.of(Long.parseLong(name.group(1)))
            .filter(ProcessHandle::isAlive)
            .filter(process -> isStart(process, Long.parseLong(name.group(2))))
            .isPresent();
  }

  /// Numbers of processes are used again; with the second of the start they are not. The system
  /// reckons it from the time that it has been up, and may be off by a second.
  private static boolean isStart(ProcessHandle process, long second) {
    return Math.abs(startOf(process) - second) <= 2;
  }

  private static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::getEpochSecond).orElse(0L);
  }

  /// As [#file(Path, FileContent)], for content in memory.
  public static void file(Path destination, byte[] content) throws IOException {
    file(
        destination,
        channel -> {
          for (ByteBuffer left = ByteBuffer.wrap(content); left.hasRemaining(); ) {
            channel.write(left);
          }
        });
  }

  /// Writes a folder, replacing an existing one with all its content.
  ///
  /// No operating system renames one folder over another. An existing folder is therefore first
  /// renamed to `.NAME.….replaced`, and it is removed once the new folder has its name. If the
  /// process dies between those two steps, [#recoverFolder] restores the old folder.
  ///
  /// @throws IOException if the folder it belongs in does not exist, or writing fails; whatever
  ///     `content` throws passes through
  public static void folder(Path destination, FolderContent content) throws IOException {
    Path target = withoutLinks(destination);
    recoverFolder(target);
    Path partial = beside(target, "partial");
    Path named = beforeLastLink(destination);
    try {
      Unfinished.begin(partial, named, () -> Files.createDirectory(partial));
      content.writeTo(partial);
      forceTree(partial);
      Unfinished.finishFolder(partial, named, () -> exchange(partial, target));
    } catch (FileSystemException failure) {
      deleteAfter(failure, partial);
      throw renamed(failure, partial, destination);
    } catch (Throwable failure) {
      deleteAfter(failure, partial);
      throw failure;
    }
  }

  private static void exchange(Path partial, Path target) throws IOException {
    Path replaced = beside(target, "replaced");
    boolean replacing = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    if (replacing) {
      Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (Throwable failure) {
      if (replacing) {
        Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
      }
      throw failure;
    }
    forceFolder(parent(target));
    deleteTree(replaced);
  }

  /// Restores a folder that a process renamed to `.NAME.….replaced` and did not replace before it
  /// died. One that was replaced, but not removed, is. Call this before looking for the folder. It
  /// does nothing in all other cases.
  public static void recoverFolder(Path destination) throws IOException {
    Path target = withoutLinks(destination);
    String begin = "." + target.getFileName() + ".";
    for (Path replaced : ours(parent(target), 1)) {
      String name = replaced.getFileName().toString();
      if (!name.startsWith(begin) || !name.endsWith(".replaced")) {
        continue;
      }
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        deleteTree(replaced);
      } else {
        Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
        forceFolder(parent(target));
      }
    }
  }

  /// Where the system would find or make a path: links are followed before `..` is, as far as the
  /// path exists.
  ///
  /// @return absolute, without links and `..`
  public static Path placed(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    Path there = absolute;
    while (there.getParent() != null && !Files.exists(there)) {
      there = there.getParent();
    }
    return there.toRealPath().resolve(there.relativize(absolute)).normalize();
  }

  /// As [#placed], but for a link in the last place.
  private static Path beforeLastLink(Path destination) throws IOException {
    Path absolute = destination.toAbsolutePath();
    Path name = absolute.getFileName();
    Path parent = absolute.getParent();
    return parent == null || name == null || name.toString().matches("\\.{0,2}")
        ? placed(absolute)
        : placed(parent).resolve(name);
  }

  private static Path withoutLinks(Path destination) throws IOException {
    Path absolute = beforeLastLink(destination);
    if (absolute.getFileName() == null) {
      throw new IOException(
          destination + ": is not the name of a file or folder; choose a path below it");
    }
    if (Files.isSymbolicLink(absolute) && !Files.exists(absolute)) {
      throw new IOException(
          "%s: is a link to %s, which is not there; remove the link, or choose another path"
              .formatted(destination, Files.readSymbolicLink(absolute)));
    }
    Path target = Files.isSymbolicLink(absolute) ? absolute.toRealPath() : absolute;
    if (!Files.isDirectory(parent(target))) {
      throw new NoSuchFileException(
          destination.toString(),
          null,
          "the folder " + parent(target) + " does not exist; create it first");
    }
    return target;
  }

  private static Path parent(Path target) {
    Path parent = target.getParent();
    return parent == null ? target : parent;
  }

  /// With the number of this process and the second of its start, by which others know whether it
  /// is still being written.
  private static Path beside(Path target, String kind) {
    return target.resolveSibling(
        ".%s.%s.%s".formatted(target.getFileName(), ofThisProcess(), kind));
  }

  /// What the name of an unfinished file has of this process.
  static String ofThisProcess() {
    ProcessHandle process = ProcessHandle.current();
    return "%d.%d.%s".formatted(process.pid(), startOf(process), UUID.randomUUID());
  }

  private static void forceTree(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile()) {
              try (FileChannel channel =
                  new NamedChannel(FileChannel.open(file, StandardOpenOption.WRITE), file)) {
                channel.force(true);
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            forceFolder(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder)) {
      channel.force(true);
    } catch (IOException notOnThisSystem) {
      // Windows cannot open a folder as a file. There, the rename is atomic as well, but it may not
      // survive a power cut.
    }
  }

  private static void deleteAfter(Throwable failure, Path partial) {
    try {
      Unfinished.fail(partial);
    } catch (IOException second) {
      failure.addSuppressed(second);
    }
  }

  /// Deletes a file, or a folder with all its content; what is missing is passed over.
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
