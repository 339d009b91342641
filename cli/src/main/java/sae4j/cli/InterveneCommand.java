package sae4j.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.StoredActivations;
import sae4j.article.Intervention;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.SaeOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.files.FormatException;
import sae4j.files.Safetensors;
import sae4j.files.TensorData;
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
final class InterveneCommand implements Callable<Integer> {
  private static final int BLOCK_ROWS = 1024;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeOption saeOption = new SaeOption();
  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--feature",
      paramLabel = "N",
      required = true,
      description = "Which feature, from 0; the article's 317.")
  private int feature;

  @Option(
      names = "--scale",
      paramLabel = "X",
      required = true,
      description = "What the decoder vector is multiplied with.")
  private double scale;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The safetensors file to write.")
  private Path out = Path.of("");

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  InterveneCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Parameters.require(
        spec, Double.isFinite(scale), "--scale", scale, "it must be a finite number");
    Path file = activations.file();
    Parameters.require(
        spec,
        !Files.exists(out) || !Files.exists(file) || !Files.isSameFile(out, file),
        "--out",
        out,
        "that is the input; choose another file");
    try (Backend backend = backendOption.open(console)) {
      Sae sae = saeOption.load(backend);
      saeOption.requireFeature(sae, feature);
      try (StoredActivations stored = activations.openFiniteFile()) {
        if (stored.width() != sae.activationDim()) {
          throw new Failure(
              "%s: %s is %d wide but the SAE in %s takes %d; give activations of the hook point it was trained on"
                  .formatted(
                      file,
                      stored.tensor().info(),
                      stored.width(),
                      saeOption.folder(),
                      sae.activationDim()));
        }
        write(stored, sae, backend);
        report(stored);
      }
    }
    return 0;
  }

  private void write(StoredActivations stored, Sae sae, Backend backend) throws IOException {
    TensorData modified =
        TensorData.rows(
            stored.tensor().name(),
            stored.rows(),
            stored.width(),
            new ModifiedRows(stored, sae.parameter("W_dec"), backend));
    try {
      Safetensors.write(out, Map.of(), List.of(modified));
    } catch (FormatException | FileSystemException named) {
      throw named;
    } catch (IOException unnamed) {
      throw new FileSystemException(out.toString(), null, unnamed.getMessage());
    }
  }

  /// The rows of the file with the intervention made, computed a block at a time.
  private final class ModifiedRows implements TensorData.RowSource {
    private final StoredActivations stored;
    private final Tensor decoderFD;
    private final Backend backend;
    private float[] blockBD = new float[0];

    ModifiedRows(StoredActivations stored, Tensor decoderFD, Backend backend) {
      this.stored = stored;
      this.decoderFD = decoderFD;
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
      }
      System.arraycopy(blockBD, inBlock * values.length, values, 0, values.length);
    }
  }

  private void report(StoredActivations stored) {
    if (json) {
      var result =
          Json.object()
              .put("out", out.toString())
              .put("tensor", stored.tensor().name())
              .put("rows", stored.rows());
      console.print(Json.line(result.put("feature", feature).put("scale", scale)));
    } else {
      console.print(out.toString());
      console.say(
          "%,d rows, each plus %s times decoder vector %d"
              .formatted(stored.rows(), scale, feature));
    }
  }
}
