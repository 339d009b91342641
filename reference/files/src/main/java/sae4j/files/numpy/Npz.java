// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.numpy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.files.zip.ZipContent;
import sae4j.files.zip.ZipDirectory;
import sae4j.files.zip.ZipWriter;

/// A npz file: a zip of npy arrays, as numpy.savez and numpy.savez_compressed write them.
///
/// Stored arrays stay in mapped memory. A deflated array is unpacked when it is first asked for,
/// into memory that lives until the file is closed. Its size is checked before: its header and its
/// zip entry must agree, and deflate cannot pack tighter than a known ratio. The checksum of an
/// array is verified when it is first asked for.
public final class Npz implements TensorFile {
  private static final String EXTENSION = ".npy";

  private final MappedFile file;
  private final ZipContent content;
  private final Map<String, Array> arrays;
  private final Map<String, StoredTensor> opened = new ConcurrentHashMap<>();

  private Npz(MappedFile file, ZipContent content, Map<String, Array> arrays) {
    this.file = file;
    this.content = content;
    this.arrays = arrays;
  }

  private record Array(ZipDirectory.Entry entry, NpyHeader header, TensorInfo info) {}

  /// Maps the file and checks its directory and the header of every array.
  ///
  /// @throws FormatException if any of them is malformed or disagrees with the lengths it is stored
  ///     with, if an entry is no npy array, or if an element type is not supported
  public static Npz open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      ZipContent content = new ZipContent(file);
      Map<String, Array> arrays = new LinkedHashMap<>();
      for (ZipDirectory.Entry entry : ZipDirectory.read(file).values()) {
        if (!entry.name().endsWith(EXTENSION)) {
          throw new FormatException(
              path,
              "entry " + FormatException.quote(entry.name()),
              "is no npy array",
              "give a zip file that numpy.savez wrote");
        }
        String name = entry.name().substring(0, entry.name().length() - EXTENSION.length());
        arrays.put(name, describe(path, content, entry, name));
      }
      return new Npz(file, content, arrays);
    } catch (Throwable failure) {
      file.close();
      throw failure;
    }
  }

  private static Array describe(
      Path path, ZipContent content, ZipDirectory.Entry entry, String name) throws FormatException {
    String field = "array " + FormatException.quote(name);
    int length =
        NpyHeader.length(
            path, field, content.head(entry, NpyHeader.LONGEST_PREFIX), entry.length());
    NpyHeader header = NpyHeader.parse(path, field, content.head(entry, length));
    return new Array(entry, header, header.describe(path, name, entry.length() - length));
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public List<TensorInfo> tensors() {
    return arrays.values().stream().map(Array::info).toList();
  }

  @Override
  public StoredTensor tensor(String name) throws FormatException {
    info(name);
    StoredTensor known = opened.get(name);
    if (known != null) {
      return known;
    }
    synchronized (opened) {
      StoredTensor raced = opened.get(name);
      if (raced != null) {
        return raced;
      }
      StoredTensor tensor = read(name);
      opened.put(name, tensor);
      return tensor;
    }
  }

  private StoredTensor read(String name) throws FormatException {
    Array array = arrays.get(name);
    if (array == null) {
      throw new IllegalStateException("array " + name + " is listed but has no place in " + path());
    }
    MemorySegment data = content.all(array.entry()).asSlice(array.header().length());
    return new StoredTensor(
        path(),
        array.info(),
        data,
        array.header().bigEndian(),
        array.header().strides(array.info().shape()));
  }

  @Override
  public void close() {
    file.close();
  }

  /// Writes a file of stored arrays atomically, byte for byte as numpy.savez of NumPy 2 does.
  ///
  /// @throws IllegalArgumentException if two tensors have one name, or one is BF16, which NumPy
  ///     does not have
  /// @throws IOException if the file cannot be written or a row source fails; nothing is left
  ///     behind
  public static void write(Path path, List<TensorData> tensors) throws IOException {
    AtomicWrite.file(
        path,
        channel -> {
          ZipWriter zip = new ZipWriter(channel, 1);
          for (TensorData tensor : tensors) {
            byte[] head = NpyHeader.encode(tensor.info());
            zip.entry(tensor.info().name() + EXTENSION, to -> tensor.writeTo(to, head));
          }
          zip.finish();
        });
  }
}
