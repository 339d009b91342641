// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.whole;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import sae4j.files.FormatException;

/// A file that is read as a whole: a configuration, a tokenizer, a template. In a folder from
/// elsewhere a file of that name may be a pipe that nobody writes to, or a device without an end.
public final class WholeFile {
  /// Several times the largest tokenizer.
  private static final int MOST_MIB = 512;

  private static final int MOST = MOST_MIB << 20;

  private WholeFile() {}

  /// The bytes of a file that another one, or a folder, brought with it.
  ///
  /// @throws FormatException if it is no regular file, or larger than 512 MiB
  /// @throws java.nio.file.NoSuchFileException if it is not there
  public static byte[] bytes(Path file) throws IOException {
    requireRegular(file);
    return named(file);
  }

  /// The same as text.
  ///
  /// @throws CharacterCodingException if it is not UTF-8
  public static String text(Path file) throws IOException {
    return decoded(bytes(file));
  }

  /// The bytes of a file that the user named, which may be a pipe.
  ///
  /// @throws FormatException if there are more than 512 MiB
  public static byte[] named(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST + 1);
      if (bytes.length > MOST) {
        throw new FormatException(
            file,
            "file",
            "is larger than %,d MiB".formatted(MOST_MIB),
            "such files are read as a whole: give the right one");
      }
      return bytes;
    }
  }

  /// The same as text.
  ///
  /// @throws CharacterCodingException if it is not UTF-8
  public static String namedText(Path file) throws IOException {
    return decoded(named(file));
  }

  /// Refuses what is no regular file.
  ///
  /// @throws FormatException naming what it is
  /// @throws java.nio.file.NoSuchFileException if it is not there
  public static void requireRegular(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new FormatException(
          file,
          "file",
          attributes.isDirectory() ? "is a folder" : "is not a regular file",
          "put a regular file into its place");
    }
  }

  private static String decoded(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
