package sae4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.GivenActivations;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.SaeInModelOptions;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.LossReport;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.Table;
import sae4j.evaluation.Metrics;
import sae4j.evaluation.splice.LossRecovered;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;
import sae4j.saes.architectures.Transcoder;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `sae eval`: how well an SAE reconstructs, how sparsely, and what a language model loses by it.
@Command(
    name = "eval",
    sortOptions = false,
    description = {
      "Measure an SAE, best on text that it was not trained on: on activations, or (with --model or"
          + " --text) inside a language model, where the reconstruction takes the place of the"
          + " activations and the loss tells what was lost.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae eval --sae toy/sae --activations toy/activations.safetensors",
      "",
      "  sae demo --out demo",
      "  sae eval --sae demo --model java-gpt2-tiny --max-tokens 20000",
      "      the loss recovered, on the Java sources on this machine"
    })
final class EvalCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeInModelOptions options = new SaeInModelOptions();
  @Mixin private ActivationsOptions activations = new ActivationsOptions();

  @Option(
      names = "--target-hook",
      paramLabel = "NAME",
      description = "What a transcoder predicts (default: what it says).")
  private @Nullable String targetHook;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "50000",
      description = "How much text to read (default: ${DEFAULT-VALUE}).")
  private long maxTokens;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "1024",
      description = "Rows of --activations at a time (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  EvalCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Parameters.require(spec, batch >= 1, "--batch", batch, "it must be 1 or more");
    Parameters.require(spec, maxTokens >= 2, "--max-tokens", maxTokens, "it must be 2 or more");
    boolean inModel = options.model().given() || options.text().given();
    Parameters.require(
        spec,
        !(activations.given() && inModel),
        "--activations",
        "given beside --model or --text",
        "give one of them");
    if (!inModel && !activations.given()) {
      throw new ParameterException(
          spec.commandLine(),
          "there is nothing to measure on; give --activations PATH, or --model and --text");
    }
    try (Backend backend = backendOption.open(console)) {
      var loaded = SaeFiles.load(options.sae().folder(), backend);
      if (inModel) {
        measureInModel(loaded);
        return 0;
      }
      HookPoint target = target(loaded);
      try (GivenActivations given = activations.openFinite(options.hook().given())) {
        Metrics metrics =
            target == null
                ? Metrics.of(loaded.sae(), given, batch)
                : ofTranscoder(loaded.sae(), given, target);
        if (json) {
          console.print(Json.line(asJson(metrics, backend)));
        } else {
          print(metrics);
        }
      }
    }
    return 0;
  }

  /// What a transcoder predicts; null for any other SAE.
  private @Nullable HookPoint target(SaeFiles.Loaded loaded) {
    if (!(loaded.sae() instanceof Transcoder)) {
      Parameters.require(
          spec,
          targetHook == null,
          "--target-hook",
          String.valueOf(targetHook),
          "leave it out: this SAE reconstructs what it reads");
      return null;
    }
    String name = targetHook == null ? loaded.origin().outputHookName() : targetHook;
    if (name == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--target-hook is missing, and the transcoder does not say what it predicts; give"
              + " --target-hook");
    }
    return HookOption.parse(spec, "--target-hook", name);
  }

  private Metrics ofTranscoder(Sae transcoder, GivenActivations read, HookPoint target)
      throws IOException {
    Parameters.require(
        spec,
        read instanceof GivenActivations.OfCapture,
        "--activations",
        activations.file(),
        "a transcoder needs two hooks: give a folder of sae capture, or --model");
    try (GivenActivations targets = activations.openFinite(target)) {
      return Metrics.ofTranscoder(transcoder, read, targets, batch);
    }
  }

  private LossRecovered inModel(
      LanguageModel model, HookPoint hook, SaeFiles.Loaded loaded, LongConsumer progress)
      throws IOException {
    HookPoint target = target(loaded);
    DocumentSource text = options.text().source();
    return target == null
        ? LossRecovered.of(model, hook, loaded.sae(), text, maxTokens, progress)
        : LossRecovered.ofTranscoder(model, hook, target, loaded.sae(), text, maxTokens, progress);
  }

  private void measureInModel(SaeFiles.Loaded loaded) throws IOException {
    HookPoint hook = options.hook().orOf(loaded.origin());
    DocumentSource text = options.text().source();
    try (LanguageModel model = options.model().open(loaded.origin())) {
      ProgressLine progress =
          new ProgressLine(
              console,
              "%s reads %s, twice".formatted(model.name(), text.description()),
              "tokens",
              2 * maxTokens);
      LossReport report = new LossReport(inModel(model, hook, loaded, progress::add));
      progress.end();
      if (json) {
        console.print(Json.line(report.asJson()));
      } else {
        report.printTo(console);
      }
    }
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
    table.row("tokens", "%,d".formatted(metrics.tokens()), "rows looked at");
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
    if (!Double.isNaN(metrics.medianDecoderCosine())) {
      table.row(
          "median cosine",
          "%.3f".formatted(metrics.medianDecoderCosine()),
          "of encoder and decoder vector, over features");
    }
    table.printTo(console.out());
  }
}
