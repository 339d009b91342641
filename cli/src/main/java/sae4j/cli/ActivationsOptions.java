package sae4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.files.StoredActivations;

/// `--activations` and `--tensor`: a matrix in a file, with a row for each token.
public final class ActivationsOptions {
  @Option(
      names = "--activations",
      paramLabel = "FILE",
      description =
          "Activations, a row for each token: a safetensors, npy or npz file with F64, F32, F16 or"
              + " BF16 numbers.")
  private @Nullable Path file;

  @Option(
      names = "--tensor",
      paramLabel = "NAME",
      description = "Which matrix in the file, where it holds several.")
  private @Nullable String tensor;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /// The file.
  ///
  /// @throws ParameterException if none was given
  Path file() {
    if (file == null) {
      throw new ParameterException(
          spec.commandLine(), "the activations are missing; give --activations FILE");
    }
    return file;
  }

  /// Whether a file was given.
  boolean given() {
    return file != null;
  }

  /// Opens the matrix. Its numbers are checked when they are read.
  StoredActivations open() throws IOException {
    return StoredActivations.open(file(), tensor);
  }

  /// Opens the matrix and looks through all of it.
  ///
  /// @throws sae4j.activations.FormatException if a number is NaN or infinite, by row and column
  StoredActivations openFinite() throws IOException {
    StoredActivations stored = open();
    try {
      stored.tensor().withFiniteValues();
      return stored;
    } catch (Throwable failure) {
      stored.close();
      throw failure;
    }
  }
}
