// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.StoredTensor;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;

/// Activations in a file: a matrix with a row for each token, read from the mapped file, so that a
/// file larger than memory can be trained on. Numbers are converted to float32 as they are read.
/// Whether they are finite is checked by whoever reads a row.
///
/// A tensor of more axes, such as [sequences, tokens, width], is the matrix that its last axis is
/// the width of. Only floating-point numbers are activations: matrices of integers are ids or
/// quantised, and are refused.
public final class StoredActivations implements ActivationSet, AutoCloseable {
  private final TensorFile file;
  private final StoredTensor tensorTD;
  private final int width;

  private StoredActivations(TensorFile file, StoredTensor tensorTD) {
    this.file = file;
    this.tensorTD = tensorTD;
    this.width = Math.toIntExact(tensorTD.shape().size(tensorTD.shape().rank() - 1));
  }

  /// Opens a safetensors, npy or npz file.
  ///
  /// @param tensor the name of the matrix in the file, or null where the file holds only one, or no
  ///     matrix and one tensor of more axes
  /// @throws FormatException if the file is damaged, or the matrix is missing, ambiguous or empty
  public static StoredActivations open(Path path, @Nullable String tensor) throws IOException {
    TensorFile file = TensorFile.open(path);
    try {
      StoredTensor tensorTD = chosen(file, tensor);
      if (tensorTD.shape().elements() == 0) {
        throw new FormatException(
            path,
            "tensor " + FormatException.quote(tensorTD.name()),
            "has shape " + tensorTD.shape() + " and so holds no activations",
            "give a matrix with a row for each token");
      }
      return new StoredActivations(file, tensorTD);
    } catch (Throwable failure) {
      file.close();
      throw failure;
    }
  }

  private static StoredTensor chosen(TensorFile file, @Nullable String name) throws IOException {
    List<TensorInfo> numbers =
        file.tensors().stream().filter(info -> info.dtype().isFloating()).toList();
    List<TensorInfo> deep =
        numbers.stream()
            .filter(info -> info.shape().rank() > 2)
            .filter(info -> name == null || info.name().equals(name))
            .toList();
    boolean matrix = numbers.stream().anyMatch(info -> info.shape().rank() == 2);
    return deep.size() == 1 && (name != null || !matrix)
        ? file.tensor(deep.getFirst().name())
        : file.only2d(name);
  }

  /// The tensor itself, for its name, type and exact values.
  public StoredTensor tensor() {
    return tensorTD;
  }

  @Override
  public long rows() {
    return tensorTD.shape().elements() / width;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public void read(long row, float[] into, int offset) {
    tensorTD.readFloats(row * width, into, offset, width);
  }

  /// Closes the file; rows can no longer be read.
  @Override
  public void close() {
    file.close();
  }
}
