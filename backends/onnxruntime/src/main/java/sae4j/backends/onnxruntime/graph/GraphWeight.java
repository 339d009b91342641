// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// A constant tensor of a graph.
///
/// @param name what nodes call it
/// @param type its elements
/// @param dims its shape
/// @param storage where its bytes are, little-endian, row-major
public record GraphWeight(String name, ElementType type, long[] dims, Storage storage) {
  /// Where the bytes of a tensor are.
  public sealed interface Storage {
    /// In memory.
    record Inline(byte[] bytes) implements Storage {}

    /// Inside a file. They are not read before a session needs them.
    record InFile(Path file, long offset, long length) implements Storage {}
  }

  /// A float32 constant.
  public static GraphWeight floats(String name, long[] dims, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new GraphWeight(name, ElementType.FLOAT, dims, new Storage.Inline(bytes.array()));
  }

  /// An int64 constant of rank 1.
  public static GraphWeight longs(String name, long... values) {
    return new GraphWeight(
        name, ElementType.INT64, new long[] {values.length}, new Storage.Inline(bytes(values)));
  }

  /// An int64 scalar.
  public static GraphWeight scalar(String name, long value) {
    return new GraphWeight(name, ElementType.INT64, new long[0], new Storage.Inline(bytes(value)));
  }

  /// The same tensor under another name.
  public GraphWeight named(String other) {
    return new GraphWeight(other, type, dims, storage);
  }

  private static byte[] bytes(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return bytes.array();
  }
}
