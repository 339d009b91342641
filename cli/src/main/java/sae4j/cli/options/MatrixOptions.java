// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sae4j.activations.StoredActivations;
import sae4j.activations.capture.CapturedShards;
import sae4j.cli.terminal.Failure;

/// `--activations` and `--tensor` of a command that reads a matrix in one file, and no capture.
public final class MatrixOptions {
  @Option(
      names = ActivationsOptions.NAME,
      paramLabel = "FILE",
      required = true,
      description =
          "Activations, a row for each token: a safetensors, npy or npz file with F64, F32, F16 or"
              + " BF16 numbers.")
  private Path file = Path.of("");

  @Option(
      names = "--tensor",
      paramLabel = "NAME",
      description = "The matrix to read, if the file holds several.")
  private @Nullable String tensor;

  /// The file.
  public Path file() {
    return file;
  }

  /// Opens the matrix, and looks through all of it.
  ///
  /// @throws sae4j.files.FormatException if a number is NaN or infinite, by row and column
  /// @throws Failure if the path is that of a capture
  public StoredActivations openFinite() throws IOException {
    if (CapturedShards.isCapture(file)) {
      throw new Failure("%s: is a capture; give one file with a matrix".formatted(file));
    }
    StoredActivations stored = StoredActivations.open(file, tensor);
    try {
      stored.tensor().withFiniteValues();
      return stored;
    } catch (Throwable failure) {
      stored.close();
      throw failure;
    }
  }
}
