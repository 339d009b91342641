// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import sae4j.files.AtomicWrite;
import sae4j.files.ElementSink;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.files.TensorPlace;

/// A safetensors file: a JSON header, then the tensors' bytes, row-major and little-endian.
///
/// The header is a `u64` length and that many bytes of JSON. The tensors must cover the rest of the
/// file without holes and overlaps. Source: the format's README at huggingface/safetensors.
public final class Safetensors implements TensorFile {
  private final MappedFile file;
  private final SafetensorsHeader header;

  private Safetensors(MappedFile file, SafetensorsHeader header) {
    this.file = file;
    this.header = header;
  }

  /// Maps the file and checks its header against it; no tensor is read.
  ///
  /// @throws FormatException if anything in the header is malformed, unknown, or disagrees with the
  ///     file's size
  public static Safetensors open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return new Safetensors(file, SafetensorsHeader.read(file));
    } catch (Throwable failure) {
      file.close();
      throw failure;
    }
  }

  /// As [#open], for a file in memory.
  ///
  /// @param name what to call it in messages
  /// @param bytes read, not copied
  public static Safetensors inMemory(Path name, byte[] bytes) throws IOException {
    MappedFile file = MappedFile.inMemory(name, bytes);
    try {
      return new Safetensors(file, SafetensorsHeader.read(file));
    } catch (Throwable failure) {
      file.close();
      throw failure;
    }
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public List<TensorInfo> tensors() {
    return header.entries().values().stream().map(SafetensorsHeader.Entry::info).toList();
  }

  /// The entries of `__metadata__`; empty if there are none.
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /// Where a tensor's bytes lie, for a program that maps the file itself.
  ///
  /// @throws FormatException if there is none of that name
  public TensorPlace place(String name) throws FormatException {
    TensorInfo info = info(name);
    SafetensorsHeader.Entry entry = header.entries().get(info.name());
    if (entry == null) {
      throw new IllegalStateException(
          "tensor " + name + " is listed but has no place in " + file.path());
    }
    return new TensorPlace(header.dataStart() + entry.begin(), entry.end() - entry.begin());
  }

  @Override
  public StoredTensor tensor(String name) throws FormatException {
    TensorInfo info = info(name);
    TensorPlace place = place(name);
    return new StoredTensor(
        file.path(),
        info,
        file.slice(place.offset(), place.length()),
        false,
        info.shape().rowMajorStrides());
  }

  @Override
  public void close() {
    file.close();
  }

  /// Writes a file atomically, byte for byte as Python's `safetensors` 0.8 does: ordered by element
  /// type as there, then by name.
  ///
  /// @param metadata texts for `__metadata__`, written in the map's order; none if empty
  /// @throws IllegalArgumentException if two tensors have one name, or one is called `__metadata__`
  /// @throws IOException if the file cannot be written or a row source fails; nothing is left
  ///     behind
  public static void write(Path path, Map<String, String> metadata, List<TensorData> tensors)
      throws IOException {
    List<TensorData> ordered =
        tensors.stream()
            .sorted((a, b) -> SafetensorsHeader.WRITING_ORDER.compare(a.info(), b.info()))
            .toList();
    byte[] header =
        SafetensorsHeader.encode(metadata, ordered.stream().map(TensorData::info).toList());
    AtomicWrite.file(
        path,
        channel -> {
          ElementSink.writeFully(channel, ByteBuffer.wrap(header));
          for (TensorData tensor : ordered) {
            tensor.writeTo(channel, new byte[0]);
          }
        });
  }
}
