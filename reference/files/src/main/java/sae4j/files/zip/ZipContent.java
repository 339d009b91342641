// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.zip;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;

/// The bytes of a zip file's entries: mapped if they are stored, unpacked if they are deflated.
///
/// The amount that is unpacked is limited by what the caller asks for and by the length in the
/// directory, which has been checked against the file.
public final class ZipContent {
  /// The most that one ByteBuffer gets; a multiple of every element size.
  private static final long LARGEST_SLICE = 1 << 30;

  private static final String REMEDY = "the file is damaged: fetch or save it again";

  private final MappedFile file;

  /// @param file a zip file
  public ZipContent(MappedFile file) {
    this.file = file;
  }

  /// The first `length` bytes of an entry, or all of it if it is shorter. The checksum is not
  /// verified.
  public byte[] head(ZipDirectory.Entry entry, int length) throws FormatException {
    int wanted = (int) Math.min(length, entry.length());
    if (!entry.deflated()) {
      return file.copy(entry.dataStart(), wanted);
    }
    byte[] head = new byte[wanted];
    inflate(entry, MemorySegment.ofArray(head));
    return head;
  }

  /// All bytes of an entry.
  ///
  /// @throws FormatException if they do not agree with its checksum or cannot be unpacked
  public MemorySegment all(ZipDirectory.Entry entry) throws FormatException {
    MemorySegment bytes;
    if (entry.deflated()) {
      bytes = file.allocate(entry.length());
      inflate(entry, bytes);
    } else {
      bytes = file.slice(entry.dataStart(), entry.length());
    }
    long checksum = checksum(bytes);
    if (checksum != entry.checksum()) {
      throw refused(
          entry,
          "has checksum "
              + Long.toHexString(checksum)
              + ", expected "
              + Long.toHexString(entry.checksum()));
    }
    return bytes;
  }

  private static long checksum(MemorySegment bytes) {
    CRC32 checksum = new CRC32();
    for (long at = 0; at < bytes.byteSize(); at += LARGEST_SLICE) {
      checksum.update(slice(bytes, at));
    }
    return checksum.getValue();
  }

  /// Fills `into`. If that is the whole entry, the packed data must end there too.
  private void inflate(ZipDirectory.Entry entry, MemorySegment into) throws FormatException {
    Inflater inflater = new Inflater(true);
    try {
      MemorySegment packed = file.slice(entry.dataStart(), entry.packedLength());
      long fed = 0;
      long filled = 0;
      ByteBuffer output = slice(into, 0);
      ByteBuffer overflow = ByteBuffer.allocate(1);
      while (!inflater.finished()) {
        if (inflater.needsInput() && fed < packed.byteSize()) {
          ByteBuffer input = slice(packed, fed);
          fed += input.remaining();
          inflater.setInput(input);
        }
        if (!output.hasRemaining() && filled < into.byteSize()) {
          output = slice(into, filled);
        }
        boolean full = filled == into.byteSize();
        if (full && into.byteSize() < entry.length()) {
          return;
        }
        int count = inflater.inflate(full ? overflow : output);
        if (full && count > 0) {
          throw refused(
              entry,
              "unpacks to more than the " + entry.length() + " bytes that the directory promises");
        }
        filled += count;
        boolean starved = inflater.needsInput() && fed == packed.byteSize();
        if (count == 0 && !inflater.finished() && (inflater.needsDictionary() || starved)) {
          throw refused(
              entry, "ends in the middle after " + filled + " of " + entry.length() + " bytes");
        }
      }
      if (filled < into.byteSize()) {
        throw refused(entry, "unpacks to " + filled + " bytes, expected " + entry.length());
      }
    } catch (DataFormatException damaged) {
      throw new FormatException(
          file.path(),
          "entry " + FormatException.quote(entry.name()),
          "cannot be unpacked",
          REMEDY,
          damaged);
    } finally {
      inflater.end();
    }
  }

  private static ByteBuffer slice(MemorySegment bytes, long at) {
    return bytes.asSlice(at, Math.min(LARGEST_SLICE, bytes.byteSize() - at)).asByteBuffer();
  }

  private FormatException refused(ZipDirectory.Entry entry, String problem) {
    return new FormatException(
        file.path(), "entry " + FormatException.quote(entry.name()), problem, REMEDY);
  }
}
