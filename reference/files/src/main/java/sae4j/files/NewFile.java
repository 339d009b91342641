// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import sae4j.files.named.NamedChannel;

/// Files that are not in their place yet: those of a folder that [AtomicWrite#folder] is about to
/// put there, and files without a name. Nothing is ever replaced.
public final class NewFile {
  private NewFile() {}

  /// Opens a file for writing.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException if it is there
  public static OutputStream open(Path file) throws IOException {
    FileChannel channel =
        Unfinished.step(
            () -> FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    return Channels.newOutputStream(new NamedChannel(channel, file));
  }

  /// Writes a file.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException if it is there
  public static void write(Path file, byte[] content) throws IOException {
    try (OutputStream out = open(file)) {
      out.write(content);
    }
  }

  /// Makes a folder, with those above it; one that is there stays.
  ///
  /// @return the folder
  public static Path folder(Path folder) throws IOException {
    return Unfinished.step(
        () -> {
          if (!Files.exists(folder)) {
            Unfinished.ask(AtomicWrite.placed(folder), null);
          }
          return Files.createDirectories(folder);
        });
  }

  /// Opens a file for writing and reading that disappears with the process.
  ///
  /// @param folder where it takes its room
  public static FileChannel unnamed(Path folder) throws IOException {
    Path file = folder.resolve(".unnamed." + AtomicWrite.ofThisProcess() + ".partial");
    FileChannel channel =
        Unfinished.step(
            () ->
                FileChannel.open(
                    file,
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE));
    return new NamedChannel(channel, folder);
  }
}
