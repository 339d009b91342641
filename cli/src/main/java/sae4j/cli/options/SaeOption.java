package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `--sae`: a trained SAE in any format of [sae4j.saes.formats.SaeFormats], such as `sae train`
/// leaves in its `--out`.
public final class SaeOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--sae",
      paramLabel = "PATH",
      required = true,
      description =
          "A trained SAE: what sae train left, or files of SAELens, dictionary_learning, sparsify,"
              + " OpenAI, Gemma Scope or Llama Scope.")
  private Path folder = Path.of("");

  /// The folder.
  public Path folder() {
    return folder;
  }

  /// Reads the SAE.
  public Sae load(Backend backend) throws IOException {
    return SaeFiles.load(folder, backend).sae();
  }

  /// Checks that an SAE has a feature.
  ///
  /// @throws picocli.CommandLine.ParameterException if not
  public void requireFeature(Sae sae, int feature) {
    Parameters.require(
        spec,
        feature >= 0 && feature < sae.dictSize(),
        "--feature",
        feature,
        "this SAE has features 0 to " + (sae.dictSize() - 1));
  }
}
