// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `--sae`: a trained SAE in any format of [sae4j.saes.formats.SaeFormats], such as `sae train`
/// leaves in its `--out`.
public final class SaeOption {
  @Option(
      names = "--sae",
      paramLabel = "PATH",
      required = true,
      description =
          "A trained SAE: the folder that sae train wrote, or files of SAELens,"
              + " dictionary_learning, sparsify, OpenAI, Gemma Scope or Llama Scope.")
  private Path path = Path.of("");

  /// Where it is.
  public Path path() {
    return path;
  }

  /// Reads the SAE, and what its files say about where it was trained.
  public SaeFiles.Loaded load(Backend backend) throws IOException {
    return SaeFiles.load(path, backend);
  }

  /// As [#load(Backend)].
  ///
  /// @param transcoder whether the user says that it is one
  public SaeFiles.Loaded load(Backend backend, boolean transcoder) throws IOException {
    return SaeFiles.load(path, backend, transcoder);
  }
}
