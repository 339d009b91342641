// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.files.AtomicWrite;
import sae4j.files.ElementSink;
import sae4j.files.TensorInfo;

/// The tensors of one safetensors file, written side by side: a part of each at a time, in any
/// order. Matrices that are computed together, such as the activations at several hook points, then
/// need memory for one part only.
///
/// The bytes are those that [Safetensors#write] would have written.
public final class GrowingTensors {
  private final Map<String, ElementSink> sinks = new LinkedHashMap<>();

  private GrowingTensors() {}

  /// Appends to the tensors until they are complete.
  @FunctionalInterface
  public interface Filling {
    void fill(GrowingTensors tensors) throws IOException;
  }

  /// Writes a file atomically.
  ///
  /// @param metadata texts for `__metadata__`, written in the map's order
  /// @param tensors what the file will hold
  /// @throws IOException if the file cannot be written or `filling` fails; nothing is left behind
  /// @throws IllegalStateException if a tensor got fewer or more elements than its shape has
  public static void write(
      Path path, Map<String, String> metadata, List<TensorInfo> tensors, Filling filling)
      throws IOException {
    List<TensorInfo> ordered = tensors.stream().sorted(SafetensorsHeader.WRITING_ORDER).toList();
    byte[] header = SafetensorsHeader.encode(metadata, ordered);
    AtomicWrite.file(
        path,
        channel -> {
          ElementSink.writeFully(channel, ByteBuffer.wrap(header));
          GrowingTensors growing = new GrowingTensors();
          long offset = header.length;
          for (TensorInfo info : ordered) {
            growing.sinks.put(
                info.name(), new ElementSink(new From(channel, offset), info.dtype()));
            offset += info.byteLength();
          }
          filling.fill(growing);
          for (TensorInfo info : ordered) {
            ElementSink sink = growing.sink(info.name());
            sink.finish();
            if (sink.elements() != info.shape().elements()) {
              throw new IllegalStateException(
                  "tensor " + info + " was written with " + sink.elements() + " elements");
            }
          }
        });
  }

  /// Appends numbers to a tensor, each rounded to its element type.
  ///
  /// @throws IllegalArgumentException if no such tensor was announced
  public void append(String name, float[] values) throws IOException {
    sink(name).put(values, 0, values.length);
  }

  /// Appends whole numbers to a tensor.
  ///
  /// @throws IllegalArgumentException if no such tensor was announced, or its type cannot hold one
  public void append(String name, int[] values) throws IOException {
    ElementSink sink = sink(name);
    for (int value : values) {
      sink.putBits(sink.dtype().bits((long) value));
    }
  }

  private ElementSink sink(String name) {
    ElementSink sink = sinks.get(name);
    if (sink == null) {
      throw new IllegalArgumentException(
          "tensor " + name + " was not announced; there are " + sinks.keySet());
    }
    return sink;
  }

  /// Writes to a file from a position on, while others write elsewhere in it.
  private static final class From implements WritableByteChannel {
    private final FileChannel file;
    private long position;

    From(FileChannel file, long position) {
      this.file = file;
      this.position = position;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int written = file.write(bytes, position);
      position += written;
      return written;
    }

    @Override
    public boolean isOpen() {
      return file.isOpen();
    }

    /// Does nothing, because the caller closes the file.
    @Override
    public void close() {}
  }
}
