// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.cache;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import org.jspecify.annotations.Nullable;
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
  /// @return the folder that they are in; empty if one is in no jar, or the cache cannot be written
  public static Optional<Path> folder(String name, List<URL> libraries) {
    return UserCache.folder().flatMap(cache -> folder(cache, name, libraries));
  }

  /// The same in any cache.
  static Optional<Path> folder(Path cache, String name, List<URL> libraries) {
    try {
      @Nullable Path folder = null;
      for (URL library : libraries) {
        URLConnection connection = library.openConnection();
        if (!(connection instanceof JarURLConnection jar) || jar.getJarEntry() == null) {
          return Optional.empty();
        }
        JarEntry entry = jar.getJarEntry();
        if (folder == null) {
          folder = cache.resolve("native").resolve(name + "-" + version(entry));
          Files.createDirectories(folder);
          AtomicWrite.sweep(folder, 1);
        }
        unpack(jar, entry, folder);
      }
      return Optional.ofNullable(folder);
    } catch (IOException noPlace) {
      return Optional.empty();
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
