// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.Unfinished;

/// A folder that a command writes, claimed before the work begins.
///
/// A claim is refused where something stands that sae4j did not write, and where another process is
/// at work. A folder that was claimed carries the mark `.sae4j.json`. While the claim is held,
/// `.sae4j.lock` names its process, and what processes that died have left half written is swept
/// up.
///
/// There are two kinds of claim:
/// - [#own]: the folder is the command's. It must be new, empty, or marked as that command's.
/// - [#addTo]: the command adds a few entries to whatever the folder holds. The entries must be
///   missing, or marked as ours.
///
/// What a claim has made is removed when it is closed, unless [#keep] was called. A process that is
/// told to end closes its claims.
public final class OutputFolder implements AutoCloseable {
  private static final Set<String> OUR_OWN = Set.of(FolderMark.FILE, FolderLock.FILE);

  private final Path path;
  private final FolderLock lock;
  private final boolean begunBefore;

  /// Folders that were made for this claim, the outermost first.
  private final List<Path> made;

  /// Entries that are written under this claim and were not there before.
  private final SequencedSet<String> fresh = new LinkedHashSet<>();

  private final Unfinished.Held held = new Claim();
  private FolderMark mark;
  private boolean kept;
  private boolean closed;

  private OutputFolder(
      Path path, FolderLock lock, boolean begunBefore, List<Path> made, FolderMark mark) {
    this.path = path;
    this.lock = lock;
    this.begunBefore = begunBefore;
    this.made = made;
    this.mark = mark;
  }

  /// Who claims a folder.
  ///
  /// @param command as the user calls it: `sae train`
  /// @param version of the program
  public record Claimant(String command, String version) {}

  /// Whether a folder carries our mark: what is in it was written by this program.
  public static boolean isMarked(Path folder) {
    return Files.exists(folder.resolve(FolderMark.FILE));
  }

  /// Claims a folder as a whole.
  ///
  /// @throws IOException if it holds anything that is not the command's, if a process is at work in
  ///     it, or if it cannot be made; nothing is changed then
  public static OutputFolder own(Path folder, Claimant claimant) throws IOException {
    return claim(
        folder,
        claimant,
        (path, mark) -> {
          if (mark == null) {
            requireEmpty(path);
          } else if (!claimant.command.equals(mark.owner())) {
            throw refused(
                path,
                mark.owner() == null
                    ? "holds %s, which another command added"
                        .formatted(FormatException.list(mark.entries().keySet()))
                    : "belongs to " + mark.owner());
          }
          return mark == null ? FolderMark.of(claimant.command, claimant.version) : mark;
        },
        Integer.MAX_VALUE);
  }

  /// Claims some entries of a folder.
  ///
  /// @param entries names of the files and folders that may be written
  /// @throws IOException as [#own], if one of the entries is not ours
  public static OutputFolder addTo(Path folder, Claimant claimant, Collection<String> entries)
      throws IOException {
    return claim(
        folder,
        claimant,
        (path, mark) -> {
          FolderMark known = mark == null ? FolderMark.of(null, claimant.version) : mark;
          for (String entry : entries) {
            requireOurs(path, known, entry);
          }
          return known;
        },
        1);
  }

  /// Decides on a claim.
  private interface Decision {
    /// @param path of the folder, as [AtomicWrite#placed] has it
    /// @param mark of the folder as it is; null where it has none
    /// @return the mark that it has from now on
    FolderMark of(Path path, @Nullable FolderMark mark) throws IOException;
  }

  /// @param depth how deep the folder is the claimant's, so that leftovers may be swept up
  private static OutputFolder claim(Path folder, Claimant claimant, Decision decision, int depth)
      throws IOException {
    Path path = AtomicWrite.placed(folder);
    return Unfinished.step(() -> take(folder, path, claimant, decision, depth));
  }

  private static OutputFolder take(
      Path folder, Path path, Claimant claimant, Decision decision, int depth) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new IOException(
          "%s: is a file; a folder is needed, choose another one".formatted(folder));
    }
    List<Path> made = make(path);
    try {
      FolderLock lock = FolderLock.take(path, claimant.command);
      try {
        FolderMark before = FolderMark.in(path);
        FolderMark mark = decision.of(path, before);
        AtomicWrite.sweep(path, depth);
        for (String entry : mark.entries().keySet()) {
          AtomicWrite.recoverFolder(path.resolve(entry));
        }
        if (before == null) {
          mark.write(path);
        }
        OutputFolder claimed = new OutputFolder(path, lock, before != null, made, mark);
        Unfinished.hold(claimed.held);
        return claimed;
      } catch (Throwable failure) {
        lock.close();
        throw failure;
      }
    } catch (Throwable failure) {
      deleteIfEmpty(made);
      throw failure;
    }
  }

  private static List<Path> make(Path path) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path each = path; each != null && !Files.exists(each); each = each.getParent()) {
      missing.addFirst(each);
    }
    List<Path> made = new ArrayList<>();
    try {
      for (Path each : missing) {
        Files.createDirectories(each);
        made.add(each);
      }
    } catch (Throwable failure) {
      deleteIfEmpty(made);
      throw failure;
    }
    return made;
  }

  private static void requireEmpty(Path folder) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      List<String> foreign =
          content
              .map(each -> each.getFileName().toString())
              .filter(name -> !name.startsWith("."))
              .sorted()
              .toList();
      if (!foreign.isEmpty()) {
        throw refused(
            folder,
            "holds %s%s, which this command did not write"
                .formatted(
                    foreign.getFirst(),
                    foreign.size() == 1 ? "" : " and %,d more".formatted(foreign.size() - 1)));
      }
    }
  }

  private static void requireOurs(Path folder, FolderMark mark, String entry) throws IOException {
    String foreign = mark.foreignAt(folder, entry);
    if (foreign != null) {
      throw new IOException(
          "%s: was not written by sae4j and would be lost; move it away, or choose another folder"
              .formatted(folder.resolve(foreign)));
    }
  }

  private static IOException refused(Path folder, String reason) {
    return new IOException("%s: %s; choose a new or an empty folder".formatted(folder, reason));
  }

  /// The folder, absolute.
  public Path path() {
    return path;
  }

  /// Whether the folder was marked when it was claimed, so that an earlier run may have left
  /// something.
  public boolean begunBefore() {
    return begunBefore;
  }

  /// A file or folder in it, which the claim's owner writes by [AtomicWrite]. Whoever writes in the
  /// folder replaces nothing that is not ours. Unless the claim is kept, what is new is removed in
  /// the end.
  public Path entry(String name) {
    return path.resolve(name);
  }

  /// Checks, before the work begins, that nothing of somebody else stands where the command will
  /// write. It is checked again when it does.
  ///
  /// @throws IOException if it does
  public void requireOurs(Collection<String> entries) throws IOException {
    for (String entry : entries) {
      requireOurs(path, mark, entry);
    }
  }

  /// Writes a file, replacing one of ours.
  ///
  /// @throws IOException if a file of that name is there and is not ours, or writing fails
  public void write(String name, byte[] content) throws IOException {
    AtomicWrite.file(entry(name), content);
  }

  /// Writes a folder, replacing one of ours with all its content.
  ///
  /// @throws IOException if a folder of that name holds anything that is not ours, or writing fails
  public void replaceFolder(String name, AtomicWrite.FolderContent content) throws IOException {
    AtomicWrite.folder(entry(name), content);
    Unfinished.step(() -> remember(mark.with(name, FolderMark.filesBelow(entry(name)))));
  }

  /// What is asked before anything is written in the folder.
  private final class Claim implements Unfinished.Held {
    @Override
    public Path folder() {
      return path;
    }

    @Override
    public void writing(Path target, @Nullable Path content) throws IOException {
      Path relative = path.relativize(target);
      for (Path part : relative) {
        if (AtomicWrite.isTemporary(part) || OUR_OWN.contains(part.toString())) {
          return;
        }
      }
      String name = FolderMark.name(relative);
      requireOurs(path, mark, name);
      String entry = relative.getName(0).toString();
      if (!Files.exists(path.resolve(entry))) {
        fresh.add(entry);
      }
      List<String> ours =
          content == null
              ? List.of(name)
              : FolderMark.filesBelow(content).stream().map(file -> name + "/" + file).toList();
      // Until a folder is exchanged, the files of before and those of now are ours.
      if (!ours.stream().allMatch(mark::knows)) {
        remember(mark.with(ours));
      }
    }

    @Override
    public void release() throws IOException {
      end();
    }
  }

  private FolderMark remember(FolderMark changed) throws IOException {
    changed.write(path);
    mark = changed;
    return mark;
  }

  /// Deletes a file of the command's own, if it is there.
  ///
  /// @throws IOException if it is there and is not ours
  public void delete(String name) throws IOException {
    requireOurs(path, mark, name);
    Files.deleteIfExists(path.resolve(name));
  }

  /// From now on the folder holds something worth keeping.
  public void keep() {
    Unfinished.step(() -> kept = true);
  }

  /// Ends the claim. A second time does nothing.
  @Override
  public void close() throws IOException {
    Unfinished.release(held);
  }

  private void end() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (!kept && !begunBefore) {
        for (String name : fresh) {
          AtomicWrite.deleteTree(path.resolve(name));
        }
        Files.deleteIfExists(path.resolve(FolderMark.FILE));
      }
    } finally {
      lock.close();
    }
    if (!kept && !begunBefore) {
      deleteIfEmpty(made);
    }
  }

  private static void deleteIfEmpty(List<Path> folders) throws IOException {
    for (Path each : folders.reversed()) {
      try {
        Files.deleteIfExists(each);
      } catch (java.nio.file.DirectoryNotEmptyException somebodyElsesFiles) {
        return;
      }
    }
  }
}
