// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;
import sae4j.files.Shape;
import sae4j.files.TensorInfo;

/// The header of a safetensors file: read with every check, and written.
///
/// @param dataStart where the tensors' bytes begin in the file
/// @param metadata the texts under `__metadata__`
/// @param entries the tensors by name, in the header's order
record SafetensorsHeader(long dataStart, Map<String, String> metadata, Map<String, Entry> entries) {
  private static final String METADATA = "__metadata__";
  private static final long LONGEST = 100_000_000;

  /// Without the parser's table of names, because all files would share it, and because it fails on
  /// names that were chosen to collide.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  /// The order of the Rust library's list of types, widest alignment first. It is spelled out
  /// because it decides the order of the bytes.
  private static final List<DType> TYPE_ORDER =
      List.of(
          DType.I64,
          DType.F64,
          DType.F32,
          DType.I32,
          DType.BF16,
          DType.F16,
          DType.I16,
          DType.I8,
          DType.U8,
          DType.BOOL);

  /// Types that the format has and that are not read here.
  private static final Set<String> NOT_READ =
      Set.of(
          "F4",
          "F6_E2M3",
          "F6_E3M2",
          "F8_E5M2",
          "F8_E4M3",
          "F8_E8M0",
          "F8_E4M3FNUZ",
          "F8_E5M2FNUZ",
          "U16",
          "U32",
          "U64",
          "C64");

  /// By element type, then by the UTF-8 bytes of the name.
  static final Comparator<TensorInfo> WRITING_ORDER =
      Comparator.comparingInt((TensorInfo info) -> TYPE_ORDER.indexOf(info.dtype()))
          .thenComparing(
              info -> info.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  /// Where a tensor lies, counted from [#dataStart].
  record Entry(TensorInfo info, long begin, long end) {}

  static SafetensorsHeader read(MappedFile file) throws IOException {
    return new Reader(file).read();
  }

  /// Reads one header, and knows the file that every error line names.
  private record Reader(MappedFile file) {
    SafetensorsHeader read() throws IOException {
      if (file.size() < 8) {
        throw refused(
            "header length", "the file ends after " + file.size() + " bytes, expected at least 8");
      }
      long length = file.u64(0);
      if (length < 0 || length > LONGEST || length > file.size() - 8) {
        throw refused(
            "header length",
            "is "
                + Long.toUnsignedString(length)
                + " bytes, expected at most "
                + Math.min(LONGEST, file.size() - 8)
                + " in a file of "
                + file.size());
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      Map<String, Entry> entries = new LinkedHashMap<>();
      try (JsonParser parser = JSON.createParser(text((int) length))) {
        parse(parser, metadata, entries);
      } catch (JsonProcessingException malformed) {
        JsonLocation place = malformed.getLocation();
        String where = place == null ? "" : " at character " + place.getCharOffset();
        throw new FormatException(
            file.path(), "header", "is not well-formed JSON" + where, REMEDY, malformed);
      }
      checkCoverage(entries.values(), file.size() - 8 - length);
      return new SafetensorsHeader(8 + length, metadata, entries);
    }

    private String text(int length) throws FormatException {
      String text;
      try {
        text =
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(file.copy(8, length)))
                .toString();
      } catch (CharacterCodingException malformed) {
        throw new FormatException(file.path(), "header", "is not UTF-8", REMEDY, malformed);
      }
      if (!text.startsWith("{")) {
        throw refused("header", "does not begin with '{'");
      }
      return text;
    }

    private void parse(JsonParser parser, Map<String, String> metadata, Map<String, Entry> entries)
        throws IOException {
      expect(parser.nextToken(), JsonToken.START_OBJECT, "header");
      boolean metadataSeen = false;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        boolean duplicate;
        if (name.equals(METADATA)) {
          duplicate = metadataSeen;
          metadataSeen = true;
          parseMetadata(parser, metadata);
        } else {
          duplicate = entries.put(name, parseEntry(parser, name)) != null;
        }
        if (duplicate) {
          throw refused("header", "has " + FormatException.quote(name) + " twice");
        }
      }
      if (parser.nextToken() != null) {
        throw refused("header", "goes on after its closing '}'");
      }
    }

    private void parseMetadata(JsonParser parser, Map<String, String> metadata) throws IOException {
      expect(parser.currentToken(), JsonToken.START_OBJECT, METADATA);
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        expect(
            parser.nextToken(),
            JsonToken.VALUE_STRING,
            METADATA + " " + FormatException.quote(key));
        if (metadata.put(key, parser.getText()) != null) {
          throw refused(METADATA, "has " + FormatException.quote(key) + " twice");
        }
      }
    }

    private Entry parseEntry(JsonParser parser, String name) throws IOException {
      String field = "tensor " + FormatException.quote(name);
      expect(parser.currentToken(), JsonToken.START_OBJECT, field);
      Set<String> seen = new HashSet<>();
      String dtypeName = "";
      List<Long> sizes = List.of();
      List<Long> offsets = List.of();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        parser.nextToken();
        if (!seen.add(key)) {
          throw refused(field, "has " + FormatException.quote(key) + " twice");
        }
        switch (key) {
          case "dtype" -> {
            expect(parser.currentToken(), JsonToken.VALUE_STRING, field + " dtype");
            dtypeName = parser.getText();
          }
          case "shape" -> sizes = parseNaturals(parser, field + " shape");
          case "data_offsets" -> offsets = parseNaturals(parser, field + " data_offsets");
          default -> throw refused(field, "has an unknown field " + FormatException.quote(key));
        }
      }
      if (seen.size() != 3) {
        throw refused(field, "has only " + seen + ", expected dtype, shape and data_offsets");
      }
      if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
        throw refused(field, "has data_offsets " + offsets + ", expected [begin, end]");
      }
      long length = offsets.get(1) - offsets.get(0);
      TensorInfo info =
          TensorInfo.checked(file.path(), field, name, dtype(dtypeName, field), sizes, length);
      return new Entry(info, offsets.get(0), offsets.get(1));
    }

    private List<Long> parseNaturals(JsonParser parser, String field) throws IOException {
      expect(parser.currentToken(), JsonToken.START_ARRAY, field);
      List<Long> values = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, field);
        long value = parser.getLongValue();
        if (value < 0) {
          throw refused(field, "has a negative number " + value);
        }
        values.add(value);
      }
      return values;
    }

    private DType dtype(String name, String field) throws FormatException {
      for (DType dtype : DType.values()) {
        if (dtype.name().equals(name)) {
          return dtype;
        }
      }
      if (NOT_READ.contains(name)) {
        throw new FormatException(
            file.path(),
            field,
            "has elements of type " + name + ", which are quantised, complex or unsigned",
            "give numbers of F64, F32, F16 or BF16: the weights before quantisation, or dequantised"
                + " and saved");
      }
      throw refused(
          field,
          "has dtype "
              + FormatException.quote(name)
              + ", expected one of "
              + Arrays.toString(DType.values()));
    }

    /// The tensors must tile the data: no hole in which something could hide, no overlap, and no
    /// end beyond the file.
    private void checkCoverage(Collection<Entry> entries, long dataLength) throws FormatException {
      List<Entry> byPlace = new ArrayList<>(entries);
      byPlace.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      long covered = 0;
      for (Entry entry : byPlace) {
        if (entry.begin() != covered) {
          throw refused(
              "tensor " + FormatException.quote(entry.info().name()),
              "begins at byte "
                  + entry.begin()
                  + " of the data, expected "
                  + covered
                  + ", where the one before it ends");
        }
        covered = entry.end();
      }
      if (covered != dataLength) {
        throw refused(
            "data", "is " + dataLength + " bytes long, expected " + covered + " by the header");
      }
    }

    private void expect(JsonToken found, JsonToken expected, String field) throws FormatException {
      if (found != expected) {
        throw refused(field, "holds " + found + ", expected " + expected);
      }
    }

    private FormatException refused(String field, String problem) {
      return new FormatException(file.path(), field, problem, REMEDY);
    }
  }

  private static final String REMEDY = "the file is damaged or cut short: fetch or save it again";

  /// The header's bytes for tensors that follow one another in the given order: length, JSON,
  /// spaces up to a multiple of 8.
  static byte[] encode(Map<String, String> metadata, List<TensorInfo> tensors) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      appendMetadata(json, new TreeMap<>(metadata));
    }
    Set<String> names = new HashSet<>(Set.of(METADATA));
    long offset = 0;
    for (TensorInfo info : tensors) {
      if (!names.add(info.name())) {
        throw new IllegalArgumentException(
            "tensor name " + info.name() + " is used twice, or is " + METADATA);
      }
      long end = Math.addExact(offset, info.byteLength());
      separate(json);
      appendString(json, info.name());
      json.append(":{\"dtype\":\"")
          .append(info.dtype())
          .append("\",\"shape\":")
          .append(compact(info.shape()))
          .append(",\"data_offsets\":[")
          .append(offset)
          .append(',')
          .append(end)
          .append("]}");
      offset = end;
    }
    json.append('}');
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    byte[] header = Arrays.copyOf(text, padded);
    Arrays.fill(header, text.length, padded, (byte) ' ');
    return ByteBuffer.allocate(8 + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(padded)
        .put(header)
        .array();
  }

  private static void appendMetadata(StringBuilder json, Map<String, String> metadata) {
    appendString(json, METADATA);
    json.append(":{");
    boolean first = true;
    for (Map.Entry<String, String> text : metadata.entrySet()) {
      if (!first) {
        json.append(',');
      }
      first = false;
      appendString(json, text.getKey());
      json.append(':');
      appendString(json, text.getValue());
    }
    json.append('}');
  }

  private static void separate(StringBuilder json) {
    if (json.length() > 1) {
      json.append(',');
    }
  }

  private static String compact(Shape shape) {
    return shape.toString().replace(" ", "");
  }

  /// A JSON string with the escapes that Rust's serde_json writes, since the bytes must be the
  /// same.
  private static void appendString(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < ' ') {
            json.append(String.format("\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
