// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;

/// A tensor in an open file.
///
/// Its data stays where it is, usually in memory-mapped pages, until a range is read. Elements are
/// counted in row-major order whatever the layout in the file, and no other class deals with byte
/// order and strides. Several threads may read at once. Reading from a closed file throws an
/// `IllegalStateException`.
public final class StoredTensor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int SCAN_BLOCK = 8192;

  private final Path file;
  private final TensorInfo info;
  private final MemorySegment data;
  private final boolean bigEndian;
  private final long[] strides;
  private final boolean contiguous;

  /// For the readers of formats.
  ///
  /// @param file what to name in messages
  /// @param data begins at element 0 and reaches at least to the last element that `strides` lead
  ///     to
  /// @param bigEndian the byte order of the elements
  /// @param strides distances in elements between neighbours along each axis
  public StoredTensor(
      Path file, TensorInfo info, MemorySegment data, boolean bigEndian, long[] strides) {
    this.file = file;
    this.info = info;
    this.data = data;
    this.bigEndian = bigEndian;
    this.strides = strides;
    this.contiguous = isRowMajor(info.shape(), strides);
  }

  /// Whether neighbours in row-major order are neighbours in the file.
  public boolean isRowMajor() {
    return contiguous;
  }

  private static boolean isRowMajor(Shape shape, long[] strides) {
    long[] rowMajor = shape.rowMajorStrides();
    for (int axis = 0; axis < strides.length; axis++) {
      // The stride of an axis of size 1 is never used, so files may hold any number there.
      if (shape.size(axis) != 1 && strides[axis] != rowMajor[axis]) {
        return shape.elements() == 0;
      }
    }
    return true;
  }

  /// Name, element type and shape.
  public TensorInfo info() {
    return info;
  }

  /// Its name in the file.
  public String name() {
    return info.name();
  }

  /// The type of its elements in the file.
  public DType dtype() {
    return info.dtype();
  }

  /// The sizes of its axes.
  public Shape shape() {
    return info.shape();
  }

  /// The first size of a 2-D tensor.
  ///
  /// @throws IllegalArgumentException if it has another number of axes
  public long rows() {
    return matrixSize(0);
  }

  /// The second size of a 2-D tensor.
  ///
  /// @throws IllegalArgumentException if it has another number of axes
  public long columns() {
    return matrixSize(1);
  }

  private long matrixSize(int axis) {
    if (shape().rank() != 2) {
      throw new IllegalArgumentException("tensor " + info + " is not a matrix");
    }
    return shape().size(axis);
  }

  /// This tensor, if it has the expected shape.
  ///
  /// @throws FormatException naming both shapes, if not
  public StoredTensor withShape(long... expected) throws FormatException {
    if (!shape().equals(Shape.of(expected))) {
      throw new FormatException(
          file,
          "tensor " + FormatException.quote(name()),
          "has shape " + shape() + ", expected " + Shape.of(expected),
          "check that the file belongs to this configuration");
    }
    return this;
  }

  /// This tensor, if its elements are floating-point numbers.
  ///
  /// @throws FormatException naming its type, if not
  public StoredTensor withFloats() throws FormatException {
    if (!dtype().isFloating()) {
      throw new FormatException(
          file,
          "tensor " + FormatException.quote(name()),
          "has elements of type " + dtype() + ", expected F64, F32, F16 or BF16",
          "choose another tensor or convert it");
    }
    return this;
  }

  /// This tensor, if every element is a finite float32.
  ///
  /// @throws FormatException naming row, column and value of the first that is not
  public StoredTensor withFiniteValues() throws FormatException {
    Optional<NonFinite> offender = firstNonFinite();
    if (offender.isPresent()) {
      throw new FormatException(
          file,
          "tensor " + FormatException.quote(name()),
          offender.get()
              + (dtype() == DType.F64 && Float.isInfinite(offender.get().value())
                  ? " as a float32, of which the largest is 3.4e38"
                  : ", expected a finite float32"),
          "remove or repair the row");
    }
    return this;
  }

  /// The first element, in row-major order, that [#floats()] would give as NaN or infinite.
  public Optional<NonFinite> firstNonFinite() {
    if (!dtype().isFloating()) {
      return Optional.empty();
    }
    float[] block = new float[(int) Math.min(SCAN_BLOCK, shape().elements())];
    for (long start = 0; start < shape().elements(); start += block.length) {
      int count = (int) Math.min(block.length, shape().elements() - start);
      readFloats(start, block, 0, count);
      int index = NonFinite.indexIn(block, 0, count);
      if (index >= 0) {
        long rowLength = shape().rank() == 0 ? 1 : shape().elements() / shape().size(0);
        return Optional.of(
            new NonFinite((start + index) / rowLength, (start + index) % rowLength, block[index]));
      }
    }
    return Optional.empty();
  }

  /// All elements, converted as by [DType#toFloat].
  ///
  /// @throws IllegalArgumentException if they do not fit one array, or are I64 or I32
  public float[] floats() {
    float[] values = new float[arrayLength(shape().elements())];
    readFloats(0, values, 0, values.length);
    return values;
  }

  /// All elements, converted as by [DType#toDouble].
  ///
  /// @throws IllegalArgumentException if they do not fit one array, or are I64
  public double[] doubles() {
    double[] values = new double[arrayLength(shape().elements())];
    readDoubles(0, values, 0, values.length);
    return values;
  }

  /// All elements of an integer type.
  ///
  /// @throws IllegalArgumentException if they do not fit one array, or are floating-point numbers
  public long[] longs() {
    long[] values = new long[arrayLength(shape().elements())];
    runs(
        0,
        0,
        values.length,
        (position, stride, at, count) -> {
          for (int i = 0; i < count; i++) {
            values[at + i] = dtype().toLong(bitsAt(position + i * stride));
          }
        });
    return values;
  }

  /// The rows `[from, to)` of a matrix as float32, one after another.
  ///
  /// @throws IndexOutOfBoundsException if the matrix has no such rows
  /// @throws IllegalArgumentException if it is not a matrix, or the rows do not fit one array
  public float[] floatRows(long from, long to) {
    checkRows(from, to);
    float[] values = new float[arrayLength((to - from) * columns())];
    readFloats(from * columns(), values, 0, values.length);
    return values;
  }

  /// The rows `[from, to)` of a matrix as float64, one after another.
  ///
  /// @throws IndexOutOfBoundsException if the matrix has no such rows
  /// @throws IllegalArgumentException if it is not a matrix, or the rows do not fit one array
  public double[] doubleRows(long from, long to) {
    checkRows(from, to);
    double[] values = new double[arrayLength((to - from) * columns())];
    readDoubles(from * columns(), values, 0, values.length);
    return values;
  }

  private void checkRows(long from, long to) {
    if (from < 0 || to < from || to > rows()) {
      throw new IndexOutOfBoundsException("rows " + from + " to " + to + " of tensor " + info);
    }
  }

  /// Reads `count` elements, in row-major order from element `first`, as float32.
  ///
  /// The types that activations and weights come in have loops of their own, without a decision for
  /// each element.
  ///
  /// @param into receives them; modified from index `offset` on
  /// @throws IndexOutOfBoundsException if the tensor or the array has no such elements
  public void readFloats(long first, float[] into, int offset, int count) {
    checkRange(first, into.length, offset, count);
    runs(
        first,
        offset,
        count,
        (position, stride, at, length) -> {
          if (dtype() == DType.F32 && !bigEndian && stride == 1) {
            MemorySegment.copy(data, FLOAT, position * Float.BYTES, into, at, length);
          } else if (dtype() == DType.BF16 && !bigEndian) {
            for (int i = 0; i < length; i++) {
              into[at + i] =
                  Float.intBitsToFloat(
                      data.get(SHORT, (position + i * stride) * Short.BYTES) << 16);
            }
          } else if (dtype() == DType.F16 && !bigEndian) {
            for (int i = 0; i < length; i++) {
              into[at + i] =
                  Float.float16ToFloat(data.get(SHORT, (position + i * stride) * Short.BYTES));
            }
          } else {
            for (int i = 0; i < length; i++) {
              into[at + i] = dtype().toFloat(bitsAt(position + i * stride));
            }
          }
        });
  }

  /// Reads `count` elements, in row-major order from element `first`, as float64.
  ///
  /// @param into receives them; modified from index `offset` on
  /// @throws IndexOutOfBoundsException if the tensor or the array has no such elements
  public void readDoubles(long first, double[] into, int offset, int count) {
    checkRange(first, into.length, offset, count);
    runs(
        first,
        offset,
        count,
        (position, stride, at, length) -> {
          if (dtype() == DType.F64 && !bigEndian && stride == 1) {
            MemorySegment.copy(data, DOUBLE, position * Double.BYTES, into, at, length);
            return;
          }
          for (int i = 0; i < length; i++) {
            into[at + i] = dtype().toDouble(bitsAt(position + i * stride));
          }
        });
  }

  /// Reads `count` elements, in row-major order from element `first`, as bit patterns in the low
  /// bits of `into`.
  public void readBits(long first, long[] into, int count) {
    checkRange(first, into.length, 0, count);
    runs(
        first,
        0,
        count,
        (position, stride, at, length) -> {
          for (int i = 0; i < length; i++) {
            into[at + i] = bitsAt(position + i * stride);
          }
        });
  }

  private void checkRange(long first, int arrayLength, int offset, int count) {
    if (first < 0
        || count < 0
        || first > shape().elements() - count
        || offset < 0
        || offset > arrayLength - count) {
      throw new IndexOutOfBoundsException(
          count
              + " elements from "
              + first
              + " of tensor "
              + info
              + " into an array of "
              + arrayLength
              + " from "
              + offset);
    }
  }

  private int arrayLength(long elements) {
    // The JVM's own limit is a few elements below 2^31.
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          elements + " elements of tensor " + info + " do not fit one array; read it in parts");
    }
    return (int) elements;
  }

  private long bitsAt(long position) {
    return switch (dtype().bytes()) {
      case 1 -> data.get(ValueLayout.JAVA_BYTE, position);
      case 2 -> {
        short bits = data.get(SHORT, position * Short.BYTES);
        yield bigEndian ? Short.reverseBytes(bits) : bits;
      }
      case 4 -> {
        int bits = data.get(INT, position * Integer.BYTES);
        yield bigEndian ? Integer.reverseBytes(bits) : bits;
      }
      default -> {
        long bits = data.get(LONG, position * Long.BYTES);
        yield bigEndian ? Long.reverseBytes(bits) : bits;
      }
    };
  }

  /// Reads elements that are evenly spaced in the file.
  private interface Run {
    /// @param position where the first element lies, counted in elements
    /// @param stride the distance to the next, counted in elements
    /// @param at the index of the first element in the array that is read into
    /// @param length how many elements there are
    void read(long position, long stride, int at, int length);
  }

  /// Splits a range of elements into evenly spaced runs: one run if the layout is row-major, else
  /// one for each line along the last axis.
  private void runs(long first, int offset, int count, Run run) {
    if (count == 0) {
      return;
    }
    if (contiguous) {
      run.read(first, 1, offset, count);
      return;
    }
    int last = shape().rank() - 1;
    long lineLength = shape().size(last);
    for (int done = 0; done < count; ) {
      long column = (first + done) % lineLength;
      int length = (int) Math.min(count - done, lineLength - column);
      run.read(
          linePosition((first + done) / lineLength) + column * strides[last],
          strides[last],
          offset + done,
          length);
      done += length;
    }
  }

  private long linePosition(long line) {
    long position = 0;
    long rest = line;
    for (int axis = shape().rank() - 2; axis >= 0; axis--) {
      position += rest % shape().size(axis) * strides[axis];
      rest /= shape().size(axis);
    }
    return position;
  }

  @Override
  public String toString() {
    return info.toString();
  }
}
