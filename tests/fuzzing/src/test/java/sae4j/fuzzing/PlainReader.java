// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads files by the letter of their format and by nothing else, so that there is a second opinion
/// on whether a damaged file is still one. Formats without checksums cannot tell a changed weight
/// from another weight.
final class PlainReader {
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Map<String, Integer> BITS =
      Map.ofEntries(
          Map.entry("F64", 64),
          Map.entry("F32", 32),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("I64", 64),
          Map.entry("I32", 32),
          Map.entry("I16", 16),
          Map.entry("I8", 8),
          Map.entry("U64", 64),
          Map.entry("U32", 32),
          Map.entry("U16", 16),
          Map.entry("U8", 8),
          Map.entry("BOOL", 8));
  private static final Pattern NPY =
      Pattern.compile(
          "\\{'descr': '([<|>=])([fiu?b])(\\d)', 'fortran_order': (True|False), 'shape':"
              + " \\((\\d*),? ?(\\d*),?\\), ?\\}\\s*");

  private PlainReader() {}

  /// Whether the bytes are a whole file of the kind that the name says, other numbers or not.
  ///
  /// @param name the file's
  static boolean wellFormed(String name, byte[] bytes) {
    try {
      if (name.endsWith(".safetensors")) {
        return safetensors(bytes);
      }
      if (name.endsWith(".npy")) {
        return npy(bytes);
      }
      if (name.endsWith(".json")) {
        STRICT.readTree(bytes);
        return true;
      }
      return !(name.endsWith(".npz") || name.endsWith(".pt") || name.endsWith(".gz"));
    } catch (IOException | RuntimeException malformed) {
      return false;
    }
  }

  private static boolean safetensors(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long header = buffer.getLong();
    if (header < 2 || header > bytes.length - 8) {
      return false;
    }
    JsonNode root = STRICT.readTree(Arrays.copyOfRange(bytes, 8, 8 + (int) header));
    long data = bytes.length - 8 - header;
    long covered = 0;
    for (Map.Entry<String, JsonNode> each : root.properties()) {
      if (each.getKey().equals("__metadata__")) {
        continue;
      }
      JsonNode tensor = each.getValue();
      Integer bits = BITS.get(tensor.path("dtype").asText());
      long from = tensor.path("data_offsets").path(0).asLong(-1);
      long to = tensor.path("data_offsets").path(1).asLong(-1);
      long elements = 1;
      for (JsonNode size : tensor.path("shape")) {
        if (!size.isIntegralNumber() || size.asLong() < 0) {
          return false;
        }
        elements = Math.multiplyExact(elements, size.asLong());
      }
      if (bits == null || from < 0 || to > data || (to - from) * 8 != elements * bits) {
        return false;
      }
      covered += to - from;
    }
    return covered == data;
  }

  private static boolean npy(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean magic =
        (bytes[0] & 0xFF) == 0x93
            && new String(bytes, 1, 5, StandardCharsets.US_ASCII).equals("NUMPY");
    int length = bytes[6] == 1 ? buffer.getShort(8) & 0xFFFF : buffer.getInt(8);
    int start = bytes[6] == 1 ? 10 : 12;
    Matcher head = NPY.matcher(new String(bytes, start, length, StandardCharsets.ISO_8859_1));
    if (!magic || !head.matches()) {
      return false;
    }
    long elements = head.group(5).isEmpty() ? 1 : Long.parseLong(head.group(5));
    elements *= head.group(6).isEmpty() ? 1 : Long.parseLong(head.group(6));
    return elements * Integer.parseInt(head.group(3)) == bytes.length - start - length;
  }
}
