// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

/// The element types that files hold, and their exact conversions.
///
/// An element is its bit pattern in the low bits of a `long`. Widening (`toFloat`, `toDouble`,
/// `toLong`) is exact or refused; narrowing (`bits`) rounds once, to nearest with ties to even, as
/// IEEE 754, NumPy and PyTorch do.
public enum DType {
  /// IEEE 754 binary64.
  F64(8, true),
  /// IEEE 754 binary32.
  F32(4, true),
  /// IEEE 754 binary16: 5 bits of exponent, 10 of fraction, with subnormals.
  F16(2, true),
  /// The upper half of a binary32: 8 bits of exponent, 7 of fraction.
  BF16(2, true),
  /// Two's complement, 64 bits.
  I64(8, false),
  /// Two's complement, 32 bits.
  I32(4, false),
  /// Two's complement, 16 bits.
  I16(2, false),
  /// Two's complement, 8 bits.
  I8(1, false),
  /// Unsigned, 8 bits.
  U8(1, false),
  /// One byte, 0 or 1; any other byte reads as 1.
  BOOL(1, false);

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /// The size of an element in bytes.
  public int bytes() {
    return bytes;
  }

  /// Whether elements are floating-point numbers.
  public boolean isFloating() {
    return floating;
  }

  /// The value as a float32: exact for F32, F16, BF16, I16, I8, U8 and BOOL, rounded to nearest for
  /// F64.
  ///
  /// @throws IllegalArgumentException for I64 and I32, which float32 cannot hold: read them with
  ///     [#toLong]
  public float toFloat(long bits) {
    return switch (this) {
      case F64 -> (float) Double.longBitsToDouble(bits);
      case F32 -> Float.intBitsToFloat((int) bits);
      case F16 -> Float.float16ToFloat((short) bits);
      case BF16 -> Float.intBitsToFloat((int) bits << 16);
      case I16, I8, U8, BOOL -> toLong(bits);
      case I64, I32 ->
          throw new IllegalArgumentException(
              "float32 cannot hold every " + this + "; read it as longs");
    };
  }

  /// The value as a float64: exact.
  ///
  /// @throws IllegalArgumentException for I64, which float64 cannot hold: read it with [#toLong]
  public double toDouble(long bits) {
    return switch (this) {
      case F64 -> Double.longBitsToDouble(bits);
      case F32, F16, BF16 -> toFloat(bits);
      case I32, I16, I8, U8, BOOL -> toLong(bits);
      case I64 ->
          throw new IllegalArgumentException("float64 cannot hold every I64; read it as longs");
    };
  }

  /// The value of an integer type: exact.
  ///
  /// @throws IllegalArgumentException for a floating type
  public long toLong(long bits) {
    return switch (this) {
      case I64 -> bits;
      case I32 -> (int) bits;
      case I16 -> (short) bits;
      case I8 -> (byte) bits;
      case U8 -> bits & 0xFF;
      case BOOL -> (bits & 0xFF) == 0 ? 0 : 1;
      case F64, F32, F16, BF16 ->
          throw new IllegalArgumentException(this + " is not an integer type; read it as doubles");
    };
  }

  /// The element nearest to a float32.
  ///
  /// @throws IllegalArgumentException if this is an integer type and the value is no integer in its
  ///     range
  public long bits(float value) {
    return switch (this) {
      case F32 -> Float.floatToRawIntBits(value) & 0xFFFF_FFFFL;
      case F16 -> Float.floatToFloat16(value) & 0xFFFFL;
      case BF16 -> upperHalf(value);
      default -> bits((double) value);
    };
  }

  /// The element nearest to a float64, rounded once.
  ///
  /// @throws IllegalArgumentException if this is an integer type and the value is no integer in its
  ///     range
  public long bits(double value) {
    return switch (this) {
      case F64 -> Double.doubleToRawLongBits(value);
      case F32 -> bits((float) value);
      case F16, BF16 -> bits(roundedToOdd(value));
      case I64, I32, I16, I8, U8, BOOL -> {
        // 2^63 is a double but not a long. The cast saturates to 2^63 − 1, which as a double is
        // 2^63 again.
        if (value != (long) value || value == 0x1p63) {
          throw new IllegalArgumentException(
              value + " is not an integer that " + this + " can hold");
        }
        yield bits((long) value);
      }
    };
  }

  /// The element that equals an integer; a floating type takes the nearest, rounded once.
  ///
  /// @throws IllegalArgumentException if the value is outside an integer type's range
  public long bits(long value) {
    return switch (this) {
      case F64 -> bits((double) value);
      case F32 -> bits((float) value);
      case F16, BF16 -> bits(roundedToOdd(value));
      case I64 -> value;
      case I32 -> inRange(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case I16 -> inRange(value, Short.MIN_VALUE, Short.MAX_VALUE);
      case I8 -> inRange(value, Byte.MIN_VALUE, Byte.MAX_VALUE);
      case U8 -> inRange(value, 0, 255);
      case BOOL -> inRange(value, 0, 1);
    };
  }

  private long inRange(long value, long least, long greatest) {
    if (value < least || value > greatest) {
      throw new IllegalArgumentException(
          value + " is outside " + this + "'s range " + least + " … " + greatest);
    }
    return value & ((1L << (8 * bytes)) - 1);
  }

  private static long upperHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Rounding could turn a NaN into infinity. Setting the quiet bit keeps it a NaN.
      return (bits >>> 16 | 0x40) & 0xFFFFL;
    }
    int tiesToEven = 0x7FFF + (bits >>> 16 & 1);
    return (bits + tiesToEven) >>> 16 & 0xFFFFL;
  }

  /// The float32 towards zero from `value`, with its last bit set if that lost anything. A second
  /// rounding to at most 22 bits then has the result of a single rounding (Boldo and Melquiond,
  /// "When double rounding is odd", 2005).
  private static float roundedToOdd(double value) {
    float nearest = (float) value;
    if (nearest == value || Double.isNaN(value)) {
      return nearest;
    }
    boolean tooFar = Math.abs((double) nearest) > Math.abs(value);
    int bits = Float.floatToRawIntBits(nearest) - (tooFar ? 1 : 0);
    return Float.intBitsToFloat(bits | 1);
  }

  /// A float64 that narrower types round as they would round `value`. It equals `value` where a
  /// float64 can hold it; elsewhere its last bit says that something was lost.
  private static double roundedToOdd(long value) {
    boolean exact = Math.abs(value) <= 1L << 53;
    return exact ? value : (value >> 12 | ((value & 0xFFF) == 0 ? 0 : 1)) * 0x1p12;
  }
}
