// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

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
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.MaxTokensOption;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.options.ModelTextOptions;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.TargetHookOption;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Inputs;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.LossReport;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.Table;
import sae4j.evaluation.ActivationDataset;
import sae4j.evaluation.Metrics;
import sae4j.evaluation.splice.LossRecovered;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `sae eval`: how well an SAE reconstructs, how sparsely, and what a language model loses by it.
@Command(
    name = "eval",
    sortOptions = false,
    description = {
      "Measure an SAE, best on text that it was not trained on. With --activations, measure how"
          + " well it reconstructs them. With --model or --text, replace the activations of a"
          + " language model by their reconstruction, and measure how much its loss rises.",
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
public final class EvalCommand implements Callable<Integer>, Checked {
  private static final Applicability OPTIONS =
      ActivationsOptions.OR_A_TEXT.only(Condition.with(ActivationsOptions.NAME), "--batch");

  /// A token that has a successor needs one.
  private static final long FEWEST_TOKENS = 2;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeOption saeOption = new SaeOption();

  @Mixin
  private ModelTextOptions reading =
      new ModelTextOptions(new MaxTokensOption(50_000, FEWEST_TOKENS));

  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private MismatchOption mismatch = new MismatchOption();

  @Mixin private TargetHookOption targetHook = new TargetHookOption();
  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--batch",
      paramLabel = "B",
      converter = Numbers.Positive.class,
      defaultValue = "1024",
      description = "Rows of --activations in each pass (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public EvalCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    activations.requireNotBeside(reading.given());
    OPTIONS.check(given);
    if (!reading.given() && !activations.given()) {
      throw new ParameterException(
          spec.commandLine(),
          "there is nothing to measure on; give --activations PATH, or --model and --text");
    }
    reading.maxTokens();
  }

  @Override
  public Integer call() throws IOException {
    boolean inModel = reading.given();
    try (Backend backend = backendOption.open(console)) {
      SaeFiles.Loaded loaded = saeOption.load(backend, targetHook.given() != null);
      if (inModel) {
        SaeOption.requireOneHook(saeOption.path(), loaded.sae().hooks());
        measureInModel(loaded);
        return 0;
      }
      HookPoint target = target(loaded);
      try (ActivationDataset given =
          activations.openFinite(reading.hook().given(), loaded.origin())) {
        activations.requireWidth(
            given, loaded.sae().activationDim(), "the SAE in " + saeOption.path());
        ActivationSet read = mismatch.activations(console, loaded.origin(), given, target);
        Metrics metrics = metrics(loaded, given, read, target);
        ObjectNode result = asJson(metrics, backend); // also refuses what is not finite
        if (json.given()) {
          Inputs inputs = new Inputs(saeOption.path(), loaded.sae());
          result.set("inputs", inputs.with(activations.file(), given).asJson());
          console.print(Json.line(result));
        } else {
          print(metrics);
        }
      }
    }
    return 0;
  }

  /// What a transcoder predicts; null for any other SAE.
  private @Nullable HookPoint target(SaeFiles.Loaded loaded) {
    boolean transcoder = !loaded.sae().hooks().reconstructsInput();
    targetHook.requireOf(transcoder, spec);
    if (!transcoder) {
      return null;
    }
    HookPoint given = targetHook.given();
    if (given != null) {
      return given;
    }
    String name = loaded.origin().outputHookName();
    if (name == null) {
      throw new ParameterException(
          spec.commandLine(),
          ("%s: --target-hook is missing, and the transcoder does not say what it predicts; give"
                  + " --target-hook")
              .formatted(saeOption.path()));
    }
    return SaeOption.hook(saeOption.path(), name);
  }

  /// What the SAE makes of the activations. What is wrong with the numbers is said with its path.
  private Metrics metrics(
      SaeFiles.Loaded loaded,
      ActivationDataset given,
      ActivationSet read,
      @Nullable HookPoint target)
      throws IOException {
    try {
      return target == null
          ? Metrics.of(loaded.sae(), read, batch)
          : ofTranscoder(loaded, given, read, target);
    } catch (IllegalArgumentException impossible) {
      throw new Failure("%s: %s".formatted(saeOption.path(), impossible.getMessage()), impossible);
    }
  }

  private Metrics ofTranscoder(
      SaeFiles.Loaded transcoder, ActivationDataset given, ActivationSet read, HookPoint target)
      throws IOException {
    Refusal.unless(
        given instanceof ActivationDataset.OfCapture,
        spec,
        "--activations",
        activations.file(),
        "a transcoder needs two hooks, and %s is one: give a folder of sae capture, or --model"
            .formatted(saeOption.path()));
    try (ActivationDataset targets = activations.openFinite(target)) {
      boolean centred = !read.equals(given);
      return Metrics.ofTranscoder(
          transcoder.sae(), read, centred ? targets.centred() : targets, batch);
    }
  }

  private LossRecovered inModel(
      LanguageModel model,
      HookPoint hook,
      SaeFiles.Loaded loaded,
      DocumentSource text,
      LongConsumer progress)
      throws IOException {
    HookPoint target = target(loaded);
    Settings settings = reading.settings(model, loaded.origin());
    return target == null
        ? LossRecovered.of(model, hook, loaded.sae(), text, settings, progress)
        : LossRecovered.ofTranscoder(model, hook, target, loaded.sae(), text, settings, progress);
  }

  private void measureInModel(SaeFiles.Loaded loaded) throws IOException {
    HookPoint hook = reading.hook(loaded.origin());
    DocumentSource text = reading.source();
    try (LanguageModel model =
        mismatch.model(console, loaded, reading.open(loaded.origin()), hook, target(loaded))) {
      ProgressLine progress =
          new ProgressLine(
              console,
              "%s reads %s, twice".formatted(model.name(), text.description()),
              "tokens",
              2 * reading.maxTokens());
      LossReport report = new LossReport(inModel(model, hook, loaded, text, progress::add));
      progress.end();
      if (json.given()) {
        ObjectNode result = report.asNumbers();
        Inputs inputs = new Inputs(saeOption.path(), loaded.sae());
        result.set("inputs", inputs.with(model, text).asJson());
        console.print(Json.line(result));
      } else {
        report.printTo(console);
      }
    }
  }

  private static ObjectNode asJson(Metrics metrics, Backend backend) {
    ObjectNode all = Json.object().put("backend", backend.name()).put("tokens", metrics.tokens());
    Json.putFinite(all, "l0", metrics.l0());
    Json.putFinite(all, "l1", metrics.l1());
    Json.putFinite(all, "l2_loss", metrics.l2Loss());
    Json.putFinite(all, "explained_variance", metrics.explainedVariance());
    Json.putFinite(all, "l2_ratio", metrics.l2Ratio());
    Json.putFinite(all, "dead_fraction", metrics.deadFraction());
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
