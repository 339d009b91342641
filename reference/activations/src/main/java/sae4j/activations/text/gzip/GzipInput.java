// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.gzip;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import sae4j.files.FormatException;

/// A gzip file unpacked: its members one after another, up to the end of the file, each compared
/// with its checksum and its length.
///
/// Java's own stream takes whatever stands behind a member and is no other for the end of the file,
/// and says nothing. Here it is refused.
///
/// RFC 1952
public final class GzipInput extends InputStream {
  private static final int MAGIC_FIRST = 0x1F;
  private static final int MAGIC_SECOND = 0x8B;
  private static final int DEFLATE = 8;
  private static final int HEADER_CHECKSUM = 1 << 1;
  private static final int EXTRA = 1 << 2;
  private static final int NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0b111 << 5;
  private static final int TIME_FLAGS_AND_SYSTEM = 4 + 1 + 1;

  private final Path file;
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final Inflater inflater = new Inflater(true);
  private final CRC32 headerChecksum = new CRC32();
  private final CRC32 checksum = new CRC32();
  private int at;
  private int filled;
  private long before;
  private long members;
  private boolean inMember;

  /// @param file for messages
  /// @param in the packed bytes; closed with this
  public GzipInput(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (inMember || begin()) {
      int count = inflate(into, offset, length);
      if (count > 0) {
        checksum.update(into, offset, count);
        return count;
      }
      if (inflater.finished()) {
        end();
      } else if (inflater.needsDictionary()) {
        throw new IOException("it asks for a dictionary");
      } else if (!fill()) {
        throw new EOFException();
      } else {
        inflater.setInput(buffer, 0, filled);
      }
    }
    return -1;
  }

  private int inflate(byte[] into, int offset, int length) throws IOException {
    try {
      return inflater.inflate(into, offset, length);
    } catch (DataFormatException damaged) {
      throw new IOException(
          damaged.getMessage() == null ? "it is damaged" : damaged.getMessage(), damaged);
    }
  }

  /// Reads the header of a member.
  ///
  /// @return false at the end of the file
  private boolean begin() throws IOException {
    if (at == filled && !fill() && members > 0) {
      return false;
    }
    headerChecksum.reset();
    long start = before + at;
    if (next() != MAGIC_FIRST || next() != MAGIC_SECOND) {
      throw members == 0
          ? new IOException("it is not packed with gzip")
          : new FormatException(
              file,
              "gzip",
              "ends at byte %,d, and what follows is no gzip".formatted(start),
              "cut it off if the text is whole without it, or pack the text again");
    }
    if (next() != DEFLATE) {
      throw new IOException("it is packed by a method that gzip does not have");
    }
    int flags = next();
    if ((flags & RESERVED) != 0) {
      throw new IOException("its header has flags that gzip does not have");
    }
    skip(TIME_FLAGS_AND_SYSTEM);
    if ((flags & EXTRA) != 0) {
      skip(next() | next() << 8);
    }
    for (int text : new int[] {NAME, COMMENT}) {
      while ((flags & text) != 0 && next() != 0) {}
    }
    if ((flags & HEADER_CHECKSUM) != 0) {
      int expected = (int) headerChecksum.getValue() & 0xFFFF;
      if ((next() | next() << 8) != expected) {
        throw new IOException("the checksum of its header is another");
      }
    }
    inflater.reset();
    inflater.setInput(buffer, at, filled - at);
    checksum.reset();
    inMember = true;
    return true;
  }

  /// Compares a member with its checksum and its length.
  private void end() throws IOException {
    at = filled - inflater.getRemaining();
    long length = inflater.getBytesWritten();
    if (number() != (int) checksum.getValue() || number() != (int) length) {
      throw new IOException("its checksum is another");
    }
    members++;
    inMember = false;
  }

  private int number() throws IOException {
    return next() | next() << 8 | next() << 16 | next() << 24;
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  private int next() throws IOException {
    if (at == filled && !fill()) {
      throw new EOFException();
    }
    headerChecksum.update(buffer[at]);
    return buffer[at++] & 0xFF;
  }

  private boolean fill() throws IOException {
    before += filled;
    at = 0;
    filled = Math.max(0, in.read(buffer));
    return filled > 0;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
