// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

import dev.hardwood.InputFile;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.ColumnMetaData;
import dev.hardwood.metadata.CompressionCodec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import sae4j.files.FormatException;

/// Looks at the headers of all pages of a column before any page is unpacked: whether each lies
/// within its column, how large it will be, and whether the index of pages says the same.
///
/// The library believes these sizes. One that is larger than the column makes it wait without end,
/// and memory is taken for as much as a header claims.
final class PageCheck {
  private final Path file;
  private final InputFile input;
  private final String column;
  private final long most;
  private long unpacked;

  /// @param most bytes that all pages may unpack to
  PageCheck(Path file, InputFile input, String column, long most) {
    this.file = file;
    this.input = input;
    this.column = column;
    this.most = most;
  }

  /// A page, by its place and its length, header included.
  private record Page(long from, long length) {}

  /// What a header says.
  private static final class Header {
    long type = -1;
    long unpacked = -1;
    long packed = -1;
    long values = -1;
    long levels;
    boolean plain;

    void take(int path, long value) {
      switch (path) {
        case 0x1 -> type = value;
        case 0x2 -> unpacked = value;
        case 0x3 -> packed = value;
        case 0x501, 0x801 -> values = value;
        // a page of version 2 has its levels, which are not packed, in front
        case 0x805, 0x806 -> levels += value;
        case 0x807 -> plain = value == 0;
        default -> {}
      }
    }

    boolean isData() {
      return type == 0 || type == 3;
    }
  }

  /// Looks at a part of the column.
  ///
  /// @throws FormatException if it cannot be
  void check(ColumnChunk chunk) throws IOException {
    try {
      List<Page> pages = pages(chunk.metaData(), chunk.chunkStartOffset());
      Long index = chunk.offsetIndexOffset();
      Integer length = chunk.offsetIndexLength();
      if (index != null && length != null) {
        requireIndexed(pages, index, length);
      }
    } catch (EOFException beyond) {
      throw damaged("has a page that ends beyond it");
    } catch (FormatException said) {
      throw said;
    } catch (IOException broken) {
      throw damaged("has a page whose header cannot be read (%s)".formatted(broken.getMessage()));
    }
  }

  private List<Page> pages(ColumnMetaData data, long from) throws IOException {
    long end = from + data.totalCompressedSize();
    if (from < 0 || end < from || end > input.length()) {
      throw damaged("lies beyond the end of the file");
    }
    List<Page> pages = new ArrayList<>();
    long values = 0;
    for (long at = from; at < end && values < data.numValues(); ) {
      Header header = new Header();
      Thrift thrift = new Thrift(input, at, end);
      thrift.struct(header::take);
      long next = thrift.at() + header.packed;
      if (header.packed < 0 || header.unpacked < 0 || next > end) {
        throw damaged("has a page that ends beyond it");
      }
      requireSame(header, thrift.at(), next, data.codec());
      unpacked += header.unpacked;
      if (unpacked > most) {
        throw TextLimit.exceeded(file, most);
      }
      if (header.isData()) {
        if (header.values < 0 || header.values > Integer.MAX_VALUE) {
          throw damaged("has a page with an impossible number of values");
        }
        values += header.values;
        pages.add(new Page(at, next - at));
      }
      at = next;
    }
    if (values != data.numValues()) {
      throw damaged(
          "has %,d values in its pages, and its end says %,d".formatted(values, data.numValues()));
    }
    return pages;
  }

  /// Looks at the length that a page packed with snappy has in itself: the native library writes as
  /// much, whatever room there is for it.
  private void requireSame(Header header, long from, long end, CompressionCodec codec)
      throws IOException {
    if (header.levels < 0 || header.levels > Math.min(header.unpacked, header.packed)) {
      throw damaged("has a page with levels of an impossible length");
    }
    if (codec != CompressionCodec.SNAPPY || header.plain || from + header.levels == end) {
      return;
    }
    long length = new Thrift(input, from + header.levels, end).varint();
    if (length != header.unpacked - header.levels) {
      throw damaged("has a page that unpacks to another length than it says");
    }
  }

  /// Looks at the index of pages, by which the library goes where there is one.
  private void requireIndexed(List<Page> pages, long from, int length) throws IOException {
    if (from < 0 || length < 0 || from + length > input.length()) {
      throw damaged("has an index of pages beyond the end of the file");
    }
    List<Long> places = new ArrayList<>();
    List<Long> lengths = new ArrayList<>();
    new Thrift(input, from, from + length)
        .struct(
            (path, value) -> {
              if (path == 0x101) {
                places.add(value);
              } else if (path == 0x102) {
                lengths.add(value);
              }
            });
    boolean same =
        Objects.equals(places, pages.stream().map(Page::from).toList())
            && Objects.equals(lengths, pages.stream().map(Page::length).toList());
    if (!same) {
      throw damaged("has an index of pages that does not fit its pages");
    }
  }

  private FormatException damaged(String problem) {
    return new FormatException(
        file, "column " + FormatException.quote(column), problem, "check that the file is whole");
  }
}
