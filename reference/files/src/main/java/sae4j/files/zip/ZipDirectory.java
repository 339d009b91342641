// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.zip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;

/// The directory of a zip file, with the place of every entry, so that entries can be
/// memory-mapped.
///
/// `java.util.zip` does not say where the bytes of an entry lie, and Commons Compress accepts
/// directories that contradict the entries. This reader also refuses what a container of tensors
/// does not need: encryption, packing other than deflate, several disks, two entries of one name,
/// and entries that overlap. Source: PKWARE's APPNOTE 6.3.10, with ZIP64.
public final class ZipDirectory {
  private static final int END_LENGTH = 22;
  private static final int LONGEST_COMMENT = 0xFFFF;
  private static final int ZIP64_LOCATOR_LENGTH = 20;
  private static final int ZIP64_END_LENGTH = 56;
  private static final int CENTRAL_LENGTH = 46;
  private static final int LOCAL_LENGTH = 30;
  private static final long IN_ZIP64 = 0xFFFF_FFFFL;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  /// The highest ratio of deflate: 258 bytes in two bits.
  private static final long HIGHEST_RATIO = 1032;

  private static final String REMEDY = "the file is damaged or cut short: fetch or save it again";

  /// @param name its path in the zip file
  /// @param deflated whether it is packed; if not, both lengths are the same
  /// @param dataStart where its bytes begin in the file
  /// @param packedLength how many bytes it takes there
  /// @param length how many bytes it holds
  /// @param checksum the CRC-32 of what it holds
  public record Entry(
      String name,
      boolean deflated,
      long dataStart,
      long packedLength,
      long length,
      long checksum) {
    private long end() {
      return dataStart + packedLength;
    }
  }

  private final MappedFile file;

  private ZipDirectory(MappedFile file) {
    this.file = file;
  }

  /// Whether a file begins as a zip file does: with an entry, or with the end of an empty
  /// directory.
  public static boolean isZip(MappedFile file) {
    return file.has(0, signature(3, 4)) || file.has(0, signature(5, 6));
  }

  /// All entries by name, in the directory's order.
  ///
  /// @throws FormatException if the directory is malformed or disagrees with the file
  public static Map<String, Entry> read(MappedFile file) throws IOException {
    return new ZipDirectory(file).read();
  }

  private Map<String, Entry> read() throws FormatException {
    long end = findEnd();
    long count = file.u16(end + 10);
    long length = file.u32(end + 12);
    long start = file.u32(end + 16);
    long directoryEnd = end;
    long locator = end - ZIP64_LOCATOR_LENGTH;
    if (file.has(locator, signature(6, 7))) {
      directoryEnd = file.u64(locator + 8);
      if (directoryEnd < 0
          || directoryEnd > locator - ZIP64_END_LENGTH
          || !file.has(directoryEnd, signature(6, 6))) {
        throw refused("end of directory", "is not where ZIP64 says it is");
      }
      count = file.u64(directoryEnd + 32);
      length = file.u64(directoryEnd + 40);
      start = file.u64(directoryEnd + 48);
    }
    if (start < 0 || length < 0 || start > directoryEnd || length != directoryEnd - start) {
      throw refused(
          "directory",
          "begins at byte "
              + start
              + " and has "
              + length
              + " bytes, expected it to end at byte "
              + directoryEnd);
    }
    return readEntries(start, directoryEnd, count);
  }

  private long findEnd() throws FormatException {
    long last = file.size() - END_LENGTH;
    for (long end = last; end >= Math.max(0, last - LONGEST_COMMENT); end--) {
      if (file.has(end, signature(5, 6)) && file.u16(end + 20) == last - end) {
        return end;
      }
    }
    throw refused("end of directory", "is missing");
  }

  private Map<String, Entry> readEntries(long start, long directoryEnd, long count)
      throws FormatException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    List<Place> places = new ArrayList<>();
    long at = start;
    while (at < directoryEnd) {
      if (at > directoryEnd - CENTRAL_LENGTH || !file.has(at, signature(1, 2))) {
        throw refused("directory", "has something other than an entry at byte " + at);
      }
      int nameLength = file.u16(at + 28);
      int extraLength = file.u16(at + 30);
      long next = at + CENTRAL_LENGTH + nameLength + extraLength + file.u16(at + 32);
      if (next > directoryEnd) {
        throw refused("directory", "has an entry at byte " + at + " that goes beyond its end");
      }
      Place place = readEntry(at, nameLength, extraLength, start);
      if (entries.put(place.entry().name(), place.entry()) != null) {
        throw refused("entry " + FormatException.quote(place.entry().name()), "is there twice");
      }
      places.add(place);
      at = next;
    }
    if (entries.size() != count) {
      throw refused("directory", "has " + entries.size() + " entries, expected " + count);
    }
    checkOverlap(places);
    return entries;
  }

  /// @param localHeader where the entry begins, with its local header
  private record Place(long localHeader, Entry entry) {}

  private Place readEntry(long at, int nameLength, int extraLength, long directoryStart)
      throws FormatException {
    String name = name(at + CENTRAL_LENGTH, nameLength);
    String field = "entry " + FormatException.quote(name);
    int method = file.u16(at + 10);
    if ((file.u16(at + 8) & 1) != 0) {
      throw refused(field, "is encrypted");
    }
    if (method != STORED && method != DEFLATED) {
      throw refused(
          field, "is packed by method " + method + ", expected 0 (stored) or 8 (deflated)");
    }
    long[] sizes = {file.u32(at + 24), file.u32(at + 20), file.u32(at + 42)};
    fillFromZip64(sizes, at + CENTRAL_LENGTH + nameLength, extraLength, field);
    long length = sizes[0];
    long packedLength = sizes[1];
    long local = sizes[2];
    if (local < 0 || local > directoryStart - LOCAL_LENGTH || !file.has(local, signature(3, 4))) {
      throw refused(field, "does not begin at byte " + local + ", where the directory says it is");
    }
    int localNameLength = file.u16(local + 26);
    long dataStart = local + LOCAL_LENGTH + localNameLength + file.u16(local + 28);
    if (dataStart > directoryStart
        || packedLength < 0
        || packedLength > directoryStart - dataStart) {
      throw refused(
          field,
          "has "
              + packedLength
              + " bytes from byte "
              + dataStart
              + ", beyond the end of the data at "
              + directoryStart);
    }
    if (!name.equals(name(local + LOCAL_LENGTH, localNameLength))
        || file.u16(local + 8) != method) {
      throw refused(field, "is described differently where it begins");
    }
    boolean deflated = method == DEFLATED;
    if (length < 0 || (deflated ? length / HIGHEST_RATIO > packedLength : length != packedLength)) {
      throw refused(field, "claims to hold " + length + " bytes in " + packedLength);
    }
    return new Place(
        local, new Entry(name, deflated, dataStart, packedLength, length, file.u32(at + 16)));
  }

  /// Replaces each size that does not fit 32 bits by the next 64-bit number of the ZIP64 extra
  /// field.
  private void fillFromZip64(long[] sizes, long extraStart, int extraLength, String field)
      throws FormatException {
    long end = extraStart + extraLength;
    long at = extraStart;
    while (at <= end - 4) {
      long next = at + 4 + file.u16(at + 2);
      if (next > end) {
        break;
      }
      if (file.u16(at) == 1) {
        long number = at + 4;
        for (int i = 0; i < sizes.length; i++) {
          if (sizes[i] == IN_ZIP64 && number <= next - 8) {
            sizes[i] = file.u64(number);
            number += 8;
          }
        }
        return;
      }
      at = next;
    }
    for (long size : sizes) {
      if (size == IN_ZIP64) {
        throw refused(field, "has a size in ZIP64 but no such field");
      }
    }
  }

  private String name(long at, int length) throws FormatException {
    if (length == 0 || at > file.size() - length) {
      throw refused("entry", "has no name at byte " + at);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(file.copy(at, length)))
          .toString();
    } catch (CharacterCodingException malformed) {
      throw new FormatException(
          file.path(),
          "entry",
          "has a name at byte " + at + " that is not UTF-8",
          REMEDY,
          malformed);
    }
  }

  /// Refuses overlapping entries, by which a small file can claim to hold a huge one many times.
  private void checkOverlap(List<Place> places) throws FormatException {
    places.sort(Comparator.comparingLong(Place::localHeader));
    for (int i = 1; i < places.size(); i++) {
      if (places.get(i).localHeader() < places.get(i - 1).entry().end()) {
        throw refused(
            "entry " + FormatException.quote(places.get(i).entry().name()),
            "overlaps the one before it");
      }
    }
  }

  private static byte[] signature(int third, int fourth) {
    return new byte[] {'P', 'K', (byte) third, (byte) fourth};
  }

  private FormatException refused(String field, String problem) {
    return new FormatException(file.path(), field, problem, REMEDY);
  }
}
