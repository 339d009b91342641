// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.numpy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.Shape;
import sae4j.files.TensorInfo;

/// The head of a npy array: magic number, version, length, and a Python dictionary with `descr`,
/// `fortran_order` and `shape`.
///
/// Source: `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
///
/// @param length where the elements begin, counted from the magic number
/// @param dtype their type
/// @param bigEndian their byte order
/// @param columnMajor whether the first axis varies fastest
/// @param sizes the sizes of the axes
record NpyHeader(
    int length, DType dtype, boolean bigEndian, boolean columnMajor, List<Long> sizes) {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /// Up to and including the longest of the length fields.
  static final int LONGEST_PREFIX = 12;

  /// NumPy's own limit for headers of files that it does not trust.
  private static final int LONGEST = 10_000;

  private static final String REMEDY = "save it again with numpy.save";

  /// The length of the whole head, from its first bytes.
  ///
  /// @param prefix [#LONGEST_PREFIX] bytes, or the whole array if it is shorter
  /// @param available the length of head and elements in bytes
  static int length(Path file, String field, byte[] prefix, long available) throws FormatException {
    if (prefix.length < 10 || !startsWithMagic(prefix)) {
      throw new FormatException(file, field, "does not begin with the magic number of npy", REMEDY);
    }
    int major = prefix[6];
    if (major < 1 || major > 3 || prefix[7] != 0) {
      throw new FormatException(
          file,
          field,
          "has version "
              + Byte.toUnsignedInt(prefix[6])
              + "."
              + Byte.toUnsignedInt(prefix[7])
              + ", expected 1.0, 2.0 or 3.0",
          REMEDY);
    }
    int prefixLength = major == 1 ? 10 : LONGEST_PREFIX;
    long textLength = 0;
    for (int i = Math.min(prefixLength, prefix.length) - 1; i >= 8; i--) {
      textLength = textLength << 8 | Byte.toUnsignedInt(prefix[i]);
    }
    if (textLength > LONGEST || prefixLength + textLength > available) {
      throw new FormatException(
          file,
          field,
          "has a header of "
              + textLength
              + " bytes, expected at most "
              + Math.min(LONGEST, Math.max(0, available - prefixLength)),
          "the file is damaged or cut short: fetch or save it again");
    }
    return prefixLength + (int) textLength;
  }

  private static boolean startsWithMagic(byte[] prefix) {
    for (int i = 0; i < MAGIC.length; i++) {
      if (prefix[i] != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  /// @param head the array's first bytes, exactly as many as [#length] says
  static NpyHeader parse(Path file, String field, byte[] head) throws FormatException {
    int prefixLength = head[6] == 1 ? 10 : LONGEST_PREFIX;
    // Version 3 says UTF-8, the others Latin-1. They differ only in field names of structured
    // types, which are refused.
    String text =
        new String(head, prefixLength, head.length - prefixLength, StandardCharsets.ISO_8859_1);
    return new Parser(file, field, text).parse(head.length);
  }

  /// The array of the elements after this head.
  ///
  /// @param dataLength how many bytes follow the head
  /// @throws FormatException if the shape needs another number of bytes
  TensorInfo describe(Path file, String name, long dataLength) throws FormatException {
    return TensorInfo.checked(
        file, "array " + FormatException.quote(name), name, dtype, sizes, dataLength);
  }

  long[] strides(Shape shape) {
    return columnMajor ? shape.columnMajorStrides() : shape.rowMajorStrides();
  }

  /// The head that numpy.save writes: version 1.0, spaces for the first axis to grow, and more up
  /// to a multiple of 64.
  ///
  /// @throws IllegalArgumentException for BF16, which NumPy does not have
  static byte[] encode(TensorInfo info) {
    Shape shape = info.shape();
    StringBuilder text =
        new StringBuilder("{'descr': '")
            .append(code(info.dtype()))
            .append("', 'fortran_order': False, 'shape': (");
    for (int axis = 0; axis < shape.rank(); axis++) {
      text.append(axis == 0 ? "" : " ")
          .append(shape.size(axis))
          .append(axis == 0 || axis < shape.rank() - 1 ? "," : "");
    }
    text.append("), }");
    if (shape.rank() > 0) {
      int longestAxis = 21;
      text.repeat(' ', longestAxis - Long.toString(shape.size(0)).length());
    }
    int unpadded = 10 + text.length() + 1;
    text.repeat(' ', (64 - unpadded % 64) % 64).append('\n');
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(
          "tensor " + info.name() + " has too many axes for npy: " + shape.rank());
    }
    byte[] head = new byte[10 + text.length()];
    System.arraycopy(MAGIC, 0, head, 0, MAGIC.length);
    head[6] = 1;
    head[8] = (byte) text.length();
    head[9] = (byte) (text.length() >> 8);
    System.arraycopy(
        text.toString().getBytes(StandardCharsets.US_ASCII), 0, head, 10, text.length());
    return head;
  }

  private static String code(DType dtype) {
    return switch (dtype) {
      case F64 -> "<f8";
      case F32 -> "<f4";
      case F16 -> "<f2";
      case I64 -> "<i8";
      case I32 -> "<i4";
      case I16 -> "<i2";
      case I8 -> "|i1";
      case U8 -> "|u1";
      case BOOL -> "|b1";
      case BF16 ->
          throw new IllegalArgumentException("NumPy has no BF16; write F32, or a safetensors file");
    };
  }

  /// Reads the dictionary: three keys in any order, literals as Python prints them, and spaces
  /// between them.
  private static final class Parser {
    private final Path file;
    private final String field;
    private final String text;
    private int at;

    Parser(Path file, String field, String text) {
      this.file = file;
      this.field = field;
      this.text = text;
    }

    NpyHeader parse(int length) throws FormatException {
      Set<String> seen = new HashSet<>();
      String descr = "";
      boolean columnMajor = false;
      List<Long> sizes = List.of();
      expect('{');
      while (!accept('}')) {
        String key = string();
        expect(':');
        if (!seen.add(key)) {
          throw malformed("has '" + key + "' twice");
        }
        switch (key) {
          case "descr" -> descr = descr();
          case "fortran_order" -> columnMajor = bool();
          case "shape" -> sizes = shape();
          default -> throw malformed("has an unknown key " + FormatException.quote(key));
        }
        if (!accept(',')) {
          expect('}');
          break;
        }
      }
      if (!text.substring(at).isBlank()) {
        throw malformed("goes on after its closing '}'");
      }
      if (seen.size() != 3) {
        throw malformed("has only " + seen + ", expected descr, fortran_order and shape");
      }
      return new NpyHeader(length, dtype(descr), descr.charAt(0) == '>', columnMajor, sizes);
    }

    private DType dtype(String descr) throws FormatException {
      for (DType dtype : DType.values()) {
        if (dtype != DType.BF16) {
          String known = code(dtype);
          if (descr.equals(known) || (dtype.bytes() > 1 && descr.equals(known.replace('<', '>')))) {
            return dtype;
          }
        }
      }
      String remedy =
          switch (descr.replaceAll("[^A-Za-z]", "").toUpperCase(Locale.ROOT)) {
            case "O" -> "it holds pickled Python objects, which could run code; save plain numbers";
            case "V" ->
                "NumPy writes bfloat16 this way, without naming it; convert to float32 before"
                    + " saving";
            default -> "convert it before saving, for example with .astype('float32')";
          };
      throw new FormatException(
          file,
          field,
          "has elements of type "
              + FormatException.quote(descr)
              + ", expected f8, f4, f2, i8, i4, i2, i1, u1 or b1",
          remedy);
    }

    private String descr() throws FormatException {
      if (accept('[')) {
        throw new FormatException(
            file, field, "has a structured element type", "save its fields as separate arrays");
      }
      String descr = string();
      if (descr.isEmpty()) {
        throw malformed("has an empty descr");
      }
      return descr;
    }

    private boolean bool() throws FormatException {
      for (String literal : List.of("True", "False")) {
        skipSpaces();
        if (text.startsWith(literal, at)) {
          at += literal.length();
          return literal.equals("True");
        }
      }
      throw malformed("has a fortran_order that is neither True nor False");
    }

    private List<Long> shape() throws FormatException {
      List<Long> sizes = new ArrayList<>();
      expect('(');
      while (!accept(')')) {
        sizes.add(natural());
        if (!accept(',')) {
          if (sizes.size() == 1) {
            throw malformed("has a shape that is a number in parentheses, not a tuple");
          }
          expect(')');
          break;
        }
      }
      return sizes;
    }

    private long natural() throws FormatException {
      skipSpaces();
      int start = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      try {
        return Long.parseLong(text, start, at, 10);
      } catch (NumberFormatException none) {
        throw malformed("has a shape with something other than whole numbers below 2^63", none);
      } finally {
        // Python 2 wrote long integers as 3L.
        if (at < text.length() && text.charAt(at) == 'L') {
          at++;
        }
      }
    }

    private String string() throws FormatException {
      skipSpaces();
      if (at == text.length() || (text.charAt(at) != '\'' && text.charAt(at) != '"')) {
        throw malformed("has something other than a string at position " + at);
      }
      int end = text.indexOf(text.charAt(at), at + 1);
      if (end < 0) {
        throw malformed("has a string without an end");
      }
      String string = text.substring(at + 1, end);
      at = end + 1;
      return string;
    }

    private boolean accept(char c) {
      skipSpaces();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) throws FormatException {
      if (!accept(c)) {
        throw malformed("lacks '" + c + "' at position " + at);
      }
    }

    private void skipSpaces() {
      while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
        at++;
      }
    }

    private FormatException malformed(String problem) {
      return new FormatException(file, field, problem, REMEDY);
    }

    private FormatException malformed(String problem, Exception cause) {
      return new FormatException(file, field, problem, REMEDY, cause);
    }
  }
}
