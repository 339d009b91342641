// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.StoredTensor;
import sae4j.files.TensorFile;

/// Activations in a file: a matrix with a row for each token, read from the mapped file, so that a
/// file larger than memory can be trained on. Numbers are converted to float32 as they are read.
/// Whether they are finite is checked by whoever reads a row.
public final class StoredActivations implements ActivationSet, AutoCloseable {
  private final TensorFile file;
  private final StoredTensor tensorTD;
  private final int width;

  private StoredActivations(TensorFile file, StoredTensor tensorTD) {
    this.file = file;
    this.tensorTD = tensorTD;
    this.width = Math.toIntExact(tensorTD.columns());
  }

  /// Opens a safetensors, npy or npz file.
  ///
  /// @param tensor the name of the matrix in the file, or null where the file holds only one
  /// @throws FormatException if the file is damaged, or the matrix is missing, ambiguous or empty
  public static StoredActivations open(Path path, @Nullable String tensor) throws IOException {
    TensorFile file = TensorFile.open(path);
    try {
      StoredTensor tensorTD = file.only2d(tensor);
      if (tensorTD.rows() == 0 || tensorTD.columns() == 0) {
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

  /// The matrix itself, for its name, type and exact values.
  public StoredTensor tensor() {
    return tensorTD;
  }

  @Override
  public long rows() {
    return tensorTD.rows();
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
