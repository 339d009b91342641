// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.cache;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import sae4j.files.AtomicWrite;

/// Native libraries that stand in jars and have to be files to be loaded. They are unpacked into
/// the [UserCache] once, instead of into a temporary folder at each start, which a killed process
/// leaves behind.
public final class UnpackedLibraries {
  private static final int BUFFER = 1 << 16;

  private UnpackedLibraries() {}

  /// Unpacks libraries that belong together, unless they are there.
  ///
  /// @param name what they are called together, a part of the folder's name
  /// @param libraries where each is in a jar, the one that tells the versions apart first
  /// @return the folder that they are in; empty if one is in no jar
  /// @throws IOException if they cannot be written; the message names the folder and what helps
  public static Optional<Path> folder(String name, List<URL> libraries) throws IOException {
    return folder(UserCache.folderOrTemporary(), name, libraries);
  }

  /// The same in any cache.
  static Optional<Path> folder(Path cache, String name, List<URL> libraries) throws IOException {
    List<JarURLConnection> jars = new ArrayList<>();
    for (URL library : libraries) {
      if (!(library.openConnection() instanceof JarURLConnection jar) || !isThere(jar)) {
        return Optional.empty();
      }
      jars.add(jar);
    }
    if (jars.isEmpty()) {
      return Optional.empty();
    }
    Path folder =
        cache.resolve("native").resolve(name + "-" + version(jars.getFirst().getJarEntry()));
    try {
      Files.createDirectories(folder);
      AtomicWrite.sweep(folder, 1);
      for (JarURLConnection jar : jars) {
        unpack(jar, jar.getJarEntry(), folder);
      }
    } catch (IOException noPlace) {
      throw new IOException(
          ("native code cannot be unpacked into %s (%s); make room there, or let XDG_CACHE_HOME"
                  + " name another folder")
              .formatted(folder, noPlace.getMessage()),
          noPlace);
    }
    return Optional.of(folder);
  }

  private static boolean isThere(JarURLConnection jar) {
    try {
      return jar.getJarEntry() != null;
    } catch (IOException missing) {
      return false;
    }
  }

  /// Other content has another checksum or another length, so versions do not meet in one folder.
  private static String version(JarEntry entry) {
    return HexFormat.of().toHexDigits(entry.getCrc(), 8) + "-" + entry.getSize();
  }

  private static void unpack(JarURLConnection jar, JarEntry entry, Path folder) throws IOException {
    String path = entry.getName();
    Path file = folder.resolve(path.substring(path.lastIndexOf('/') + 1));
    if (Files.isRegularFile(file) && Files.size(file) == entry.getSize()) {
      return;
    }
    try (InputStream in = jar.getInputStream()) {
      AtomicWrite.file(file, channel -> copy(in, channel));
    }
  }

  private static void copy(InputStream in, FileChannel channel) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      ByteBuffer part = ByteBuffer.wrap(buffer, 0, read);
      while (part.hasRemaining()) {
        channel.write(part);
      }
    }
  }
}
