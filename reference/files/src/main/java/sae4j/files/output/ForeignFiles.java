// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.output;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/// Files that others wrote. What this program keeps in a folder of its own (see [OutputFolder]) is
/// none of a user's, and what a command is writing would change while another reads it.
public final class ForeignFiles {
  private ForeignFiles() {}

  /// The files below a folder, in the order of their paths. Folders that this program wrote are
  /// left out, but for the one that was asked for.
  ///
  /// @param visible whether a file or folder of such a name counts
  public static List<Path> below(Path root, Predicate<String> visible) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean entered =
                folder.equals(root)
                    || (visible.test(name(folder)) && !OutputFolder.isMarked(folder));
            return entered ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (visible.test(name(file)) && Files.isRegularFile(file)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    Collections.sort(files);
    return files;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
