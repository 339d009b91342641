// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import sae4j.activations.text.ahead.Ahead;
import sae4j.activations.text.gzip.GzipInput;
import sae4j.activations.text.zstd.ZstdInput;
import sae4j.files.FormatException;

/// The bytes of a text file, unpacked up to a limit, behind the byte-order mark if there is one.
/// UTF-16 and UTF-32 are refused by name.
final class TextInput {
  private static final int BUFFER = 1 << 16;
  private static final int LOOKED_AT = 1 << 12;

  /// Pipes and devices that this process has read. What has come out of one does not come again.
  private static final Set<Path> READ_ONCE = ConcurrentHashMap.newKeySet();

  private TextInput() {}

  /// The file's bytes as they are to be decoded.
  static InputStream bytes(Path file, TextRules rules) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file) && !READ_ONCE.add(file.toAbsolutePath())) {
      throw new FormatException(
          file,
          "text",
          "is a pipe, which gives its text once, and it is needed again",
          "save the text as a file");
    }
    InputStream raw = new BufferedInputStream(new Stoppable(Files.newInputStream(file)), BUFFER);
    try {
      InputStream unpacked = new BufferedInputStream(unpacked(file, raw, rules), BUFFER);
      unpacked.mark(LOOKED_AT + 1);
      byte[] head = unpacked.readNBytes(LOOKED_AT);
      unpacked.reset();
      requireUtf8(file, head);
      if (startsWith(head, 0xEF, 0xBB, 0xBF)) {
        unpacked.skipNBytes(3);
      }
      return unpacked;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /// The file's characters.
  static Reader characters(Path file, TextRules rules) throws IOException {
    return new InputStreamReader(
        bytes(file, rules),
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
  }

  /// The name of a file without the ending that says how it is compressed, in lower case.
  static String unpackedName(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
  }

  private static InputStream unpacked(Path file, InputStream raw, TextRules rules)
      throws IOException {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".gz") && !name.endsWith(".zst")) {
      return raw;
    }
    long limit =
        Objects.requireNonNullElseGet(
            rules.maxUnpackedBytes(), () -> TextRules.standardLimit(size(file)));
    return new Limited(
        file, name.endsWith(".gz") ? new GzipInput(file, raw) : ZstdInput.unpacking(raw), limit);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException unknown) {
      return 0;
    }
  }

  private static void requireUtf8(Path file, byte[] head) throws FormatException {
    String found = "";
    if (startsWith(head, 0xFF, 0xFE, 0, 0) || startsWith(head, 0, 0, 0xFE, 0xFF)) {
      found = "UTF-32";
    } else if (startsWith(head, 0xFF, 0xFE) || startsWith(head, 0xFE, 0xFF)) {
      found = "UTF-16";
    } else if (looksLikeUtf16(head)) {
      found = "UTF-16 without a byte-order mark, by its zero bytes";
    }
    if (!found.isEmpty()) {
      throw new FormatException(file, "encoding", "is " + found, "convert the file to UTF-8");
    }
  }

  private static boolean startsWith(byte[] head, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (head.length <= i || (head[i] & 0xFF) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /// In UTF-16, text of a European language has a zero in nearly every second byte, and nearly none
  /// elsewhere.
  private static boolean looksLikeUtf16(byte[] head) {
    int[] zeros = new int[2];
    for (int i = 0; i < head.length; i++) {
      zeros[i % 2] += head[i] == 0 ? 1 : 0;
    }
    int most = Math.max(zeros[0], zeros[1]);
    return head.length >= 8
        && most > 0.35 * head.length
        && Math.min(zeros[0], zeros[1]) < 0.05 * head.length;
  }

  /// What a user is told of a failure.
  static IOException explain(Path file, String field, IOException e) {
    if (e instanceof FormatException) {
      return e;
    }
    if (e instanceof CharacterCodingException) {
      return new FormatException(file, field, "not UTF-8", "convert the file to UTF-8", e);
    }
    String said = e instanceof EOFException ? "it ends in the middle" : e.getMessage();
    return new FormatException(
        file,
        field,
        said == null ? "cannot be read" : "cannot be read (" + said + ")",
        "check that the file is whole",
        e);
  }

  /// A file whose reader may be asked to stop.
  private static final class Stoppable extends FilterInputStream {
    Stoppable(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      Ahead.requireWanted();
      return super.read(into, offset, length);
    }
  }

  /// An unpacked file that may not be larger than a limit.
  private static final class Limited extends FilterInputStream {
    private final Path file;
    private final long limit;
    private long read;

    Limited(Path file, InputStream in, long limit) {
      super(in);
      this.file = file;
      this.limit = limit;
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      count(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int more = super.read(into, offset, length);
      count(Math.max(0, more));
      return more;
    }

    private void count(int more) throws FormatException {
      read += more;
      if (read > limit) {
        throw new FormatException(
            file,
            "unpacked size",
            "is more than %,d MiB".formatted(limit >> 20),
            "if the file is what it should be, allow more with --max-unpacked MIB");
      }
    }
  }
}
