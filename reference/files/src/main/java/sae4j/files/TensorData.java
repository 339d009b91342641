// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;

/// A tensor to be written: name, element type, shape, and the source of its elements.
///
/// The elements are read when the file is written, and pass through a small buffer. A row source is
/// read once, so that a tensor larger than memory can be written from rows.
public final class TensorData {
  private static final int COPY_BLOCK = 8192;

  private final TensorInfo info;
  private final Content content;

  private TensorData(TensorInfo info, Content content) {
    this.info = info;
    this.content = content;
  }

  /// Puts every element, in row-major order.
  private interface Content {
    void writeTo(ElementSink sink) throws IOException;
  }

  /// Gives a matrix row by row.
  public interface RowSource {
    /// @param row the row asked for; rows are asked for in order, each once
    /// @param values receives it; modified
    /// @throws IOException if the row cannot be read; the file is then not written
    void read(long row, float[] values) throws IOException;
  }

  /// A tensor of F32.
  ///
  /// @param values in row-major order; read when the file is written, not copied
  /// @param shape none for a scalar
  /// @throws IllegalArgumentException if the shape does not hold as many elements as given
  public static TensorData floats(String name, float[] values, long... shape) {
    return new TensorData(
        checked(name, DType.F32, values.length, shape), sink -> sink.put(values, 0, values.length));
  }

  /// A tensor of F64, as [#floats].
  public static TensorData doubles(String name, double[] values, long... shape) {
    return new TensorData(checked(name, DType.F64, values.length, shape), sink -> sink.put(values));
  }

  /// A tensor of I64, as [#floats].
  public static TensorData longs(String name, long[] values, long... shape) {
    return new TensorData(checked(name, DType.I64, values.length, shape), sink -> sink.put(values));
  }

  /// A matrix of F32 that is written while it is produced.
  ///
  /// @param rows how many rows `source` will be asked for
  /// @param columns the length of each
  public static TensorData rows(String name, long rows, int columns, RowSource source) {
    return new TensorData(
        new TensorInfo(name, DType.F32, Shape.of(rows, columns)),
        sink -> {
          float[] values = new float[columns];
          for (long row = 0; row < rows; row++) {
            source.read(row, values);
            sink.put(values, 0, columns);
          }
        });
  }

  /// An exact copy of a tensor in another file, NaN payloads included. That file must stay open
  /// until this tensor is written.
  public static TensorData copyOf(StoredTensor tensor) {
    return new TensorData(
        tensor.info(),
        sink -> {
          long[] bits = new long[COPY_BLOCK];
          for (long first = 0; first < tensor.shape().elements(); first += bits.length) {
            int count = (int) Math.min(bits.length, tensor.shape().elements() - first);
            tensor.readBits(first, bits, count);
            for (int i = 0; i < count; i++) {
              sink.putBits(converted(bits[i], tensor.dtype(), sink.dtype()));
            }
          }
        });
  }

  private static long converted(long bits, DType from, DType to) {
    if (from == to) {
      return bits;
    }
    return from.isFloating() ? to.bits(from.toDouble(bits)) : to.bits(from.toLong(bits));
  }

  private static TensorInfo checked(String name, DType dtype, int length, long... sizes) {
    Shape shape = Shape.of(sizes);
    if (shape.elements() != length) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + " has shape "
              + shape
              + " for "
              + shape.elements()
              + " elements, but "
              + length
              + " were given");
    }
    return new TensorInfo(name, dtype, shape);
  }

  /// The same values as another element type, each rounded once when it is written
  /// ([DType#bits(double)]).
  ///
  /// A value that an integer type cannot hold stops the writing of the file with an
  /// `IllegalArgumentException`.
  public TensorData as(DType dtype) {
    return new TensorData(new TensorInfo(info.name(), dtype, info.shape()), content);
  }

  /// Name, element type and shape.
  public TensorInfo info() {
    return info;
  }

  /// Writes a head, then the elements as little-endian bytes.
  ///
  /// @param head bytes that stand before the elements
  /// @return the CRC-32 of head and elements
  public long writeTo(WritableByteChannel channel, byte[] head) throws IOException {
    ElementSink sink = new ElementSink(channel, info.dtype());
    sink.putHead(head);
    content.writeTo(sink);
    sink.finish();
    if (sink.elements() != info.shape().elements()) {
      throw new IllegalStateException(
          "tensor " + info + " was written with " + sink.elements() + " elements");
    }
    return sink.checksum();
  }

  /// The elements, as they would be written.
  ///
  /// @throws UncheckedIOException if their source cannot be read
  public double[] doubles() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writeTo(Channels.newChannel(bytes), new byte[0]);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    DType dtype = info.dtype();
    ByteBuffer elements = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    double[] numbers = new double[bytes.size() / dtype.bytes()];
    for (int i = 0; i < numbers.length; i++) {
      long bits =
          switch (dtype.bytes()) {
            case 1 -> elements.get();
            case 2 -> elements.getShort();
            case 4 -> elements.getInt();
            default -> elements.getLong();
          };
      numbers[i] = dtype.isFloating() ? dtype.toDouble(bits) : dtype.toLong(bits);
    }
    return numbers;
  }
}
