// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.nio.file.Path;
import java.util.List;

/// What a file says about a tensor before any of its data is read.
///
/// @param name its name in the file
/// @param dtype the type of its elements
/// @param shape the sizes of its axes
public record TensorInfo(String name, DType dtype, Shape shape) {
  /// The length of its data in bytes.
  ///
  /// @throws ArithmeticException if that overflows a `long`
  public long byteLength() {
    return Math.multiplyExact(shape.elements(), (long) dtype.bytes());
  }

  /// The description in a file's header, if it agrees with the bytes that the file has.
  ///
  /// @param field what to call the tensor in the error line
  /// @param sizes the claimed shape, not negative
  /// @param length the bytes that the file has for the tensor
  /// @throws FormatException if the description needs another number of bytes
  public static TensorInfo checked(
      Path file, String field, String name, DType dtype, List<Long> sizes, long length)
      throws FormatException {
    try {
      TensorInfo info =
          new TensorInfo(
              name, dtype, Shape.of(sizes.stream().mapToLong(Long::longValue).toArray()));
      if (info.byteLength() == length) {
        return info;
      }
      throw new FormatException(
          file,
          field,
          "has "
              + length
              + " bytes of data, expected "
              + info.byteLength()
              + " for "
              + dtype
              + info.shape(),
          "the file is damaged or cut short: fetch or save it again");
    } catch (IllegalArgumentException | ArithmeticException overflow) {
      throw new FormatException(
          file,
          field,
          "has shape " + sizes + ", which no file can hold",
          "the file is damaged: fetch or save it again",
          overflow);
    }
  }

  /// `W_enc F32[768, 24576]`
  @Override
  public String toString() {
    return name + " " + dtype + shape;
  }
}
