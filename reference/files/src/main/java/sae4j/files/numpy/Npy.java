// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.numpy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;

/// A npy file: one array, as numpy.save writes it. The array has the name of the file without its
/// extension.
///
/// Both byte orders and both memory orders are read; pickled objects are refused.
public final class Npy implements TensorFile {
  private final MappedFile file;
  private final TensorInfo info;
  private final NpyHeader header;

  private Npy(MappedFile file, TensorInfo info, NpyHeader header) {
    this.file = file;
    this.info = info;
    this.header = header;
  }

  /// Maps the file and checks its header against it; no element is read.
  ///
  /// @throws FormatException if the header is malformed or disagrees with the file's size, or the
  ///     element type is not supported
  public static Npy open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      byte[] prefix = file.copy(0, (int) Math.min(NpyHeader.LONGEST_PREFIX, file.size()));
      int length = NpyHeader.length(path, "array", prefix, file.size());
      NpyHeader header = NpyHeader.parse(path, "array", file.copy(0, length));
      return new Npy(file, header.describe(path, nameOf(path), file.size() - length), header);
    } catch (Throwable failure) {
      file.close();
      throw failure;
    }
  }

  private static String nameOf(Path path) {
    String fileName = String.valueOf(path.getFileName());
    int dot = fileName.lastIndexOf('.');
    return dot > 0 ? fileName.substring(0, dot) : fileName;
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public List<TensorInfo> tensors() {
    return List.of(info);
  }

  @Override
  public StoredTensor tensor(String name) throws FormatException {
    TensorInfo only = info(name);
    MemorySegment data = file.slice(header.length(), file.size() - header.length());
    return new StoredTensor(path(), only, data, header.bigEndian(), header.strides(only.shape()));
  }

  /// The one array.
  public StoredTensor tensor() throws FormatException {
    return tensor(info.name());
  }

  @Override
  public void close() {
    file.close();
  }

  /// Writes a file atomically, byte for byte as NumPy 2 does.
  ///
  /// @param tensor the array; its name is not written
  /// @throws IllegalArgumentException for BF16, which NumPy does not have
  /// @throws IOException if the file cannot be written or a row source fails; nothing is left
  ///     behind
  public static void write(Path path, TensorData tensor) throws IOException {
    byte[] head = NpyHeader.encode(tensor.info());
    AtomicWrite.file(path, channel -> tensor.writeTo(channel, head));
  }
}
