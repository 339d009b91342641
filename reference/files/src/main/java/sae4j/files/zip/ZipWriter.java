// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.zip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import sae4j.files.ElementSink;

/// Writes a zip file of stored entries, each with 64-bit lengths, as Python's `zipfile` does under
/// `numpy.savez`.
///
/// The lengths and the checksum of an entry stand before its bytes and are known only after them,
/// so the writer goes back and fills them in.
public final class ZipWriter {
  private static final int VERSION_WITH_ZIP64 = 45;
  private static final int MADE_ON_UNIX = 3 << 8;
  private static final int OWNER_READS_AND_WRITES = 0600 << 16;
  private static final int UTF8_NAME = 1 << 11;

  /// The first of January 1980, which is the earliest day in zip. A fixed day keeps the bytes of a
  /// file independent of the time at which it is written.
  private static final int EARLIEST_DATE = 1 << 5 | 1;

  private static final int LOCAL_LENGTH = 30;
  private static final int ZIP64_EXTRA_LENGTH = 20;
  private static final int PADDING_EXTRA_ID = 'F' | 'B' << 8;
  private static final long IN_ZIP64 = 0xFFFF_FFFFL;

  private final FileChannel channel;
  private final int alignment;
  private final List<Written> entries = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /// @param alignment the first byte of every entry lies at a multiple of it; 1 for any place, else
  ///     at least 8
  public ZipWriter(FileChannel channel, int alignment) {
    this.channel = channel;
    this.alignment = alignment;
  }

  private record Written(String name, long start, long length, long checksum) {}

  /// Writes the bytes of an entry and returns their CRC-32.
  public interface Content {
    long writeTo(FileChannel channel) throws IOException;
  }

  /// Writes an entry.
  ///
  /// @throws IllegalArgumentException if there is an entry of that name already, or the name is too
  ///     long for zip
  public void entry(String name, Content content) throws IOException {
    byte[] encodedName = name.getBytes(StandardCharsets.UTF_8);
    if (!names.add(name) || encodedName.length > 0xFFFF - ZIP64_EXTRA_LENGTH) {
      throw new IllegalArgumentException(
          "zip entry " + name + " is there already, or has too long a name");
    }
    long start = channel.position();
    long dataStart = start + LOCAL_LENGTH + encodedName.length + ZIP64_EXTRA_LENGTH;
    int padding = alignment == 1 ? 0 : 4 + (int) Math.floorMod(-(dataStart + 4), (long) alignment);
    write(localHeader(encodedName, padding, 0, 0));
    long checksum = content.writeTo(channel);
    long end = channel.position();
    long length = end - dataStart - padding;
    channel.position(start);
    write(localHeader(encodedName, padding, length, checksum));
    channel.position(end);
    entries.add(new Written(name, start, length, checksum));
  }

  /// Writes an entry whose bytes are in memory.
  public void entry(String name, byte[] content) throws IOException {
    entry(
        name,
        to -> {
          CRC32 checksum = new CRC32();
          checksum.update(content);
          ElementSink.writeFully(to, ByteBuffer.wrap(content));
          return checksum.getValue();
        });
  }

  private static ByteBuffer localHeader(byte[] name, int padding, long length, long checksum) {
    ByteBuffer header = littleEndian(LOCAL_LENGTH + name.length + ZIP64_EXTRA_LENGTH + padding);
    header.put(new byte[] {'P', 'K', 3, 4});
    putCommon(header, name, checksum, IN_ZIP64, IN_ZIP64);
    header.putShort((short) name.length).putShort((short) (ZIP64_EXTRA_LENGTH + padding)).put(name);
    header.putShort((short) 1).putShort((short) 16).putLong(length).putLong(length);
    if (padding > 0) {
      header.putShort((short) PADDING_EXTRA_ID).putShort((short) (padding - 4));
    }
    return header.rewind();
  }

  /// The fields that the local header and the directory share: version, flags, method, time,
  /// checksum, lengths.
  private static void putCommon(
      ByteBuffer header, byte[] name, long checksum, long packedLength, long length) {
    header
        .putShort((short) VERSION_WITH_ZIP64)
        .putShort((short) (isAscii(name) ? 0 : UTF8_NAME))
        .putShort((short) 0);
    header.putShort((short) 0).putShort((short) EARLIEST_DATE);
    header.putInt((int) checksum).putInt((int) packedLength).putInt((int) length);
  }

  private static boolean isAscii(byte[] name) {
    for (byte b : name) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  /// Writes the directory. Nothing may be added afterwards.
  public void finish() throws IOException {
    long start = channel.position();
    for (Written entry : entries) {
      write(centralHeader(entry));
    }
    long end = channel.position();
    boolean zip64 = entries.size() >= 0xFFFF || start >= IN_ZIP64 || end - start >= IN_ZIP64;
    if (zip64) {
      ByteBuffer end64 = littleEndian(56 + 20);
      end64.put(new byte[] {'P', 'K', 6, 6}).putLong(44);
      end64
          .putShort((short) (MADE_ON_UNIX | VERSION_WITH_ZIP64))
          .putShort((short) VERSION_WITH_ZIP64)
          .putInt(0)
          .putInt(0);
      end64.putLong(entries.size()).putLong(entries.size()).putLong(end - start).putLong(start);
      end64.put(new byte[] {'P', 'K', 6, 7}).putInt(0).putLong(end).putInt(1);
      write(end64.rewind());
    }
    ByteBuffer last = littleEndian(22);
    short count = (short) Math.min(0xFFFF, entries.size());
    last.put(new byte[] {'P', 'K', 5, 6})
        .putShort((short) 0)
        .putShort((short) 0)
        .putShort(count)
        .putShort(count);
    last.putInt((int) Math.min(IN_ZIP64, end - start))
        .putInt((int) Math.min(IN_ZIP64, start))
        .putShort((short) 0);
    write(last.rewind());
  }

  private static ByteBuffer centralHeader(Written entry) {
    byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
    boolean longEntry = entry.length() >= IN_ZIP64;
    boolean farEntry = entry.start() >= IN_ZIP64;
    int extra = (longEntry ? 16 : 0) + (farEntry ? 8 : 0);
    int extraLength = extra == 0 ? 0 : 4 + extra;
    ByteBuffer header = littleEndian(46 + name.length + extraLength);
    header.put(new byte[] {'P', 'K', 1, 2}).putShort((short) (MADE_ON_UNIX | VERSION_WITH_ZIP64));
    long shownLength = Math.min(IN_ZIP64, entry.length());
    putCommon(header, name, entry.checksum(), shownLength, shownLength);
    header.putShort((short) name.length).putShort((short) extraLength).putShort((short) 0);
    header
        .putShort((short) 0)
        .putShort((short) 0)
        .putInt(OWNER_READS_AND_WRITES)
        .putInt((int) Math.min(IN_ZIP64, entry.start()));
    header.put(name);
    if (extra > 0) {
      header.putShort((short) 1).putShort((short) extra);
      if (longEntry) {
        header.putLong(entry.length()).putLong(entry.length());
      }
      if (farEntry) {
        header.putLong(entry.start());
      }
    }
    return header.rewind();
  }

  private static ByteBuffer littleEndian(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void write(ByteBuffer bytes) throws IOException {
    ElementSink.writeFully(channel, bytes);
  }
}
