package sae4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.files.StoredActivations;
import sae4j.evaluation.Metrics;
import sae4j.tensor.Backend;

/// `sae eval`: how well an SAE reconstructs a file of activations, and how sparsely.
@Command(
    name = "eval",
    sortOptions = false,
    description = "Measure an SAE on a file of activations, best one that it was not trained on.",
    footer = {
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae eval --sae toy/sae --activations toy/activations.safetensors"
    })
final class EvalCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeOption saeOption = new SaeOption();
  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "1024",
      description = "Tokens at a time (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  EvalCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Parameters.require(spec, batch >= 1, "--batch", batch, "it must be 1 or more");
    activations.file();
    try (Backend backend = backendOption.open(console)) {
      var sae = saeOption.load(backend);
      try (StoredActivations stored = activations.openFinite()) {
        Metrics metrics = Metrics.of(sae, stored, batch);
        if (json) {
          console.print(Json.line(asJson(metrics, backend)));
        } else {
          print(metrics);
        }
      }
    }
    return 0;
  }

  private static ObjectNode asJson(Metrics metrics, Backend backend) {
    ObjectNode all = Json.object().put("backend", backend.name()).put("tokens", metrics.tokens());
    Json.put(all, "l0", metrics.l0());
    Json.put(all, "l1", metrics.l1());
    Json.put(all, "l2_loss", metrics.l2Loss());
    Json.put(all, "explained_variance", metrics.explainedVariance());
    Json.put(all, "l2_ratio", metrics.l2Ratio());
    Json.put(all, "dead_fraction", metrics.deadFraction());
    Json.put(all, "median_decoder_cosine", metrics.medianDecoderCosine());
    return all;
  }

  private void print(Metrics metrics) {
    Table table = Table.withColumns("metric", ">value", "definition");
    table.row("tokens", "%,d".formatted(metrics.tokens()), "rows of the file");
    table.row("L0", "%.2f".formatted(metrics.l0()), "mean number of active features a token");
    table.row("L1", "%.4g".formatted(metrics.l1()), "mean of Σ|z| a token");
    table.row("L2 loss", "%.4g".formatted(metrics.l2Loss()), "mean of ‖x̂ − x‖²");
    table.row(
        "explained variance",
        "%.4f".formatted(metrics.explainedVariance()),
        "1 − E‖x̂ − x‖² / (E‖x‖² − ‖E x‖²)");
    table.row(
        "L2 ratio",
        "%.4f".formatted(metrics.l2Ratio()),
        "mean of ‖x̂‖/‖x‖; below 1: shrunk by the penalty");
    table.row(
        "dead",
        "%.1f %%".formatted(100 * metrics.deadFraction()),
        "features active on none of these tokens");
    table.row(
        "median cosine",
        "%.3f".formatted(metrics.medianDecoderCosine()),
        "of encoder and decoder vector, over features");
    table.printTo(console.out());
  }
}
