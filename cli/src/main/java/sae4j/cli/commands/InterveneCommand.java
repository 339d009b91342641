// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.activations.StoredActivations;
import sae4j.article.Intervention;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.FeatureOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.MatrixOptions;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Version;
import sae4j.files.TensorData;
import sae4j.files.output.OutputFolder;
import sae4j.files.output.OutputName;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Sae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// `sae intervene`: the article's intervention on a file of activations.
@Command(
    name = "intervene",
    sortOptions = false,
    description =
        "Add a feature's decoder vector, times a scale, to every row of a file of activations.",
    footer = {
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae intervene --sae toy/sae --activations toy/activations.safetensors --feature 3 --scale"
          + " 2 --out steered.safetensors"
    })
public final class InterveneCommand implements Callable<Integer> {
  private static final int BLOCK_ROWS = 1024;

  private final Console console;

  @Mixin private SaeOption saeOption = new SaeOption();
  @Mixin private FeatureOption featureOption = new FeatureOption();
  @Mixin private MatrixOptions activations = new MatrixOptions();
  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--scale",
      paramLabel = "X",
      converter = Numbers.Finite.class,
      required = true,
      description = "The factor of the decoder vector.")
  private double scale;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The safetensors file to write.")
  private Path out = Path.of("");

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public InterveneCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Path file = activations.file();
    OutputFolder.Claimant claimant = Version.claimant("sae intervene");
    try (OutputName _ = OutputName.claim(out, claimant);
        Backend backend = backendOption.open(console)) {
      Sae sae = saeOption.load(backend).sae();
      int feature = featureOption.of(sae);
      try (StoredActivations stored = activations.openFinite()) {
        if (stored.width() != sae.activationDim()) {
          throw new Failure(
              ("%s: %s is %d wide but the SAE in %s takes %d; give activations of the hook point it"
                      + " was trained on")
                  .formatted(
                      file,
                      stored.tensor().info(),
                      stored.width(),
                      saeOption.path(),
                      sae.activationDim()));
        }
        write(stored, sae, feature, backend);
        report(stored, feature, norm(sae, feature));
      }
    }
    return 0;
  }

  private void write(StoredActivations stored, Sae sae, int feature, Backend backend)
      throws IOException {
    TensorData modified =
        TensorData.rows(
            stored.tensor().name(),
            stored.rows(),
            stored.width(),
            new ModifiedRows(stored, sae.parameter("W_dec"), feature, backend));
    Safetensors.write(out, Map.of(), List.of(modified));
  }

  /// The rows of the file with the intervention made, computed a block at a time.
  private final class ModifiedRows implements TensorData.RowSource {
    private final StoredActivations stored;
    private final Tensor decoderFD;
    private final int feature;
    private final Backend backend;
    private float[] blockBD = new float[0];

    ModifiedRows(StoredActivations stored, Tensor decoderFD, int feature, Backend backend) {
      this.stored = stored;
      this.decoderFD = decoderFD;
      this.feature = feature;
      this.backend = backend;
    }

    @Override
    public void read(long row, float[] values) {
      int inBlock = (int) (row % BLOCK_ROWS);
      if (inBlock == 0) {
        int count = (int) Math.min(BLOCK_ROWS, stored.rows() - row);
        Tensor modelActivationsBD =
            Tensor.of(backend, count, stored.width(), stored.block(row, count));
        Tensor modifiedBD =
            Intervention.performIntervention(modelActivationsBD, decoderFD, feature, scale);
        blockBD = modifiedBD.toFloats();
        requireFinite(row);
      }
      System.arraycopy(blockBD, inBlock * values.length, values, 0, values.length);
    }

    private void requireFinite(long firstRow) {
      for (int i = 0; i < blockBD.length; i++) {
        if (!Float.isFinite(blockBD[i])) {
          throw new Failure(
              ("--scale %s times decoder vector %d makes row %,d of the activations %s; lower"
                      + " --scale")
                  .formatted(scale, feature, firstRow + i / stored.width(), blockBD[i]));
        }
      }
    }
  }

  /// Of the vector that was added: formats that choose by decoder norms, or scale activations, keep
  /// another one in the file.
  private static double norm(Sae sae, int feature) {
    float[] vectorD = new float[sae.outputDim()];
    sae.parameter("W_dec").readRows(feature, 1, vectorD);
    double square = 0;
    for (float number : vectorD) {
      square += (double) number * number;
    }
    return Math.sqrt(square);
  }

  private void report(StoredActivations stored, int feature, double norm) {
    if (json.given()) {
      var result =
          Json.object()
              .put("out", out.toString())
              .put("tensor", stored.tensor().name())
              .put("rows", stored.rows());
      result.put("feature", feature).put("scale", scale);
      Json.put(result, "vector_norm", norm);
      console.print(Json.line(result));
    } else {
      console.print(out.toString());
      console.say(
          "%,d rows, each plus %s times decoder vector %d, of norm %.4g"
              .formatted(stored.rows(), scale, feature, norm));
    }
  }
}
