// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Sums by which inputs are known again, so that work is not continued with others of the same name
/// and shape.
///
/// A sum is the first half of SHA-256, in hexadecimal. It covers the size of a file and its
/// content: all of it up to 64 MiB, and 1,024 blocks of 64 KiB from its first to its last byte
/// beyond. It finds a file that was replaced by another. It does not find every single bit that
/// changed in a large file, and it protects against nobody who wants to deceive. [#sha256] and
/// [#gitBlob] are not of this kind: they are others' sums of all of a file.
public final class Fingerprint {
  private static final int BLOCK = 1 << 16;
  private static final int BLOCKS = 1 << 10;
  private static final int ALL_BLOCKS = 1 << 14;

  private final MessageDigest digest;

  private Fingerprint() {
    digest = digest("SHA-256");
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has " + algorithm, missing);
    }
  }

  /// The SHA-256 of all of a file, in hexadecimal, as others give it.
  ///
  /// @throws IOException if it cannot be read
  public static String sha256(Path file) throws IOException {
    return whole(digest("SHA-256"), file);
  }

  /// What git calls the content of a file: the SHA-1 of `blob SIZE`, a zero, and all of it.
  ///
  /// @throws IOException if it cannot be read
  public static String gitBlob(Path file) throws IOException {
    MessageDigest digest = digest("SHA-1");
    digest.update("blob %d\0".formatted(Files.size(file)).getBytes(StandardCharsets.US_ASCII));
    return whole(digest, file);
  }

  private static String whole(MessageDigest digest, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] block = new byte[1 << 18];
      for (int count = in.read(block); count >= 0; count = in.read(block)) {
        digest.update(block, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// The sum of a file, or of all files below a folder with their names in it. Links are followed.
  /// Hidden files do not count.
  ///
  /// @throws IOException if a file cannot be read
  public static String of(Path path) throws IOException {
    Fingerprint sum = new Fingerprint();
    if (!Files.isDirectory(path)) {
      sum.add(path);
      return sum.hex();
    }
    for (Path file : filesBelow(path)) {
      sum.add(path.relativize(file).toString().replace('\\', '/'));
      sum.add(file);
    }
    return sum.hex();
  }

  /// The sum of several files and folders, each by its last name, wherever they are. Of many files,
  /// fewer blocks of each are read: one at least, and 1 GiB of all of them.
  ///
  /// @throws IOException if a file cannot be read
  public static String of(List<Path> paths) throws IOException {
    Map<Path, List<Path>> files = new LinkedHashMap<>();
    for (Path path : paths) {
      files.put(path, Files.isDirectory(path) ? filesBelow(path) : List.of(path));
    }
    int count = files.values().stream().mapToInt(List::size).sum();
    int blocks = Math.clamp(ALL_BLOCKS / Math.max(1, count), 1, BLOCKS);
    Fingerprint sum = new Fingerprint();
    for (Map.Entry<Path, List<Path>> each : files.entrySet()) {
      Path path = each.getKey();
      sum.add(String.valueOf(path.toAbsolutePath().normalize().getFileName()));
      for (Path file : each.getValue()) {
        sum.add(path.relativize(file).toString().replace('\\', '/'));
        sum.add(file, blocks);
      }
    }
    return sum.hex();
  }

  /// The sum of rows of numbers.
  ///
  /// @param rows gives a row by its number
  public static String ofRows(long count, RowSource rows) {
    Fingerprint sum = new Fingerprint();
    sum.add(count);
    long sampled = Math.min(count, (long) BLOCKS * 16);
    for (long i = 0; i < sampled; i++) {
      float[] row = rows.row(sampled == 1 ? 0 : i * (count - 1) / (sampled - 1));
      ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES);
      bytes.asFloatBuffer().put(row);
      sum.digest.update(bytes);
    }
    return sum.hex();
  }

  /// The sum of several texts in their order.
  public static String ofTexts(List<String> texts) {
    Fingerprint sum = new Fingerprint();
    texts.forEach(sum::add);
    return sum.hex();
  }

  /// Gives rows of numbers.
  @FunctionalInterface
  public interface RowSource {
    /// @param row from 0
    float[] row(long row);
  }

  /// The files that are not hidden, also those behind links. A link that leads back is passed over.
  private static List<Path> filesBelow(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        folder,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        Integer.MAX_VALUE,
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult preVisitDirectory(Path below, BasicFileAttributes attributes) {
            return isHidden(folder.relativize(below))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && !isHidden(folder.relativize(file))) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof FileSystemLoopException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    files.sort(null);
    return files;
  }

  private static boolean isHidden(Path relative) {
    for (Path part : relative) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }

  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    digest.update(bytes);
  }

  private void add(long number) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }

  private void add(Path file) throws IOException {
    add(file, BLOCKS);
  }

  /// @param most blocks that are read; all of a file that has no more
  private void add(Path file, int most) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      add(size);
      long blocks = Math.min(most, Math.ceilDiv(size, BLOCK));
      ByteBuffer block = ByteBuffer.allocate(BLOCK);
      for (long i = 0; i < blocks; i++) {
        boolean whole = size <= (long) most * BLOCK;
        long from = whole || blocks == 1 ? i * BLOCK : i * (size - BLOCK) / (blocks - 1);
        block.clear();
        while (block.hasRemaining() && channel.read(block, from + block.position()) >= 0) {}
        digest.update(block.flip());
      }
    }
  }

  private String hex() {
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }
}
