// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import sae4j.cli.inputs.HubFiles;
import sae4j.cli.inputs.SaeFile;
import sae4j.cli.options.JsonOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.files.hub.HubName;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.saes.formats.SaeFormat;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

/// `sae info`: what is in the files of a trained SAE, or what a language model is.
@Command(
    name = "info",
    sortOptions = false,
    description =
        "Say what is in the files of a trained SAE (format, architecture, shapes, norms, origin),"
            + " or what a language model is: its family, size, context, memory and hook points.",
    footer = {
      "",
      "Formats: saelens, dictionary-learning, sparsify, openai, gemma-scope, gemma-scope-2,"
          + " llama-scope, goodfire, qwen-scope, circuit-tracer, dictionary-learning-crosscoder;"
          + " see docs/formats.md.",
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae info toy/sae",
      "  sae info java-gpt2-tiny"
    })
public final class InfoCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "PATH",
      description =
          "The SAE or the model: a folder, a file, a built-in model, or OWNER/NAME on the hub.")
  private Path path = Path.of("");

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public InfoCommand(Console console) {
    this.console = console;
  }

  /// How the numbers of a tensor, or the norms of its vectors, are spread.
  private record Spread(double least, double median, double greatest) {
    static Spread of(double[] values) {
      double[] ascending = values.clone();
      Arrays.sort(ascending);
      int middle = ascending.length / 2;
      double median =
          ascending.length % 2 == 1
              ? ascending[middle]
              : (ascending[middle - 1] + ascending[middle]) / 2;
      return new Spread(ascending[0], median, ascending[ascending.length - 1]);
    }
  }

  @Override
  public Integer call() throws IOException {
    boolean sae = HubName.hasScheme(path.toString()) || SaeFile.ofSuite(path).isPresent();
    if (!sae && LanguageModels.isModel(path.toString())) {
      HubFiles.prepare(console, path.toString());
      try (LanguageModel model = LanguageModels.open(path.toString())) {
        ModelInfo.print(model, json.given(), console);
      }
      return 0;
    }
    SaeFile file = SaeFile.of(console, path);
    SaeFormat format = file.format();
    SaeWeights weights = file.read(format);
    if (json.given()) {
      console.print(Json.line(asJson(format, weights)));
    } else {
      print(format, weights);
    }
    return 0;
  }

  /// The length of each feature's encoder and decoder vector, and the spread of every vector.
  private static Map<String, Spread> spreads(SaeWeights weights) {
    Map<String, Spread> spreads = new LinkedHashMap<>();
    if (weights.activation().hasEncoder()) {
      spreads.put("encoder norms", Spread.of(weights.tensor("W_enc").columnNorms()));
    }
    spreads.put("decoder norms", Spread.of(weights.tensor("W_dec").rowNorms()));
    weights
        .tensors()
        .forEach(
            (name, weight) -> {
              if (weight.shape().rank() < 2) {
                spreads.put(name, Spread.of(doubles(weight)));
              }
            });
    return spreads;
  }

  private static double[] doubles(Weight weight) {
    double[] values = new double[weight.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = weight.values()[i];
    }
    return values;
  }

  private ObjectNode asJson(SaeFormat format, SaeWeights weights) {
    ObjectNode all = Json.object();
    all.put("path", path.toString()).put("format", format.name());
    all.put("architecture", weights.activation().architecture());
    all.put("transcoder", weights.transcoder()).put("skip", weights.hasSkip());
    all.put("d_in", weights.width()).put("features", weights.features());
    all.put("d_out", weights.outputWidth());
    if (weights.k() != null) {
      all.put("k", weights.k());
    }
    all.put("subtracts_decoder_bias", weights.subtractsDecoderBias());
    all.put("rescales_by_decoder_norm", weights.rescalesByDecoderNorm());
    all.put("normalisation", weights.normalisation().name().toLowerCase(Locale.ROOT));
    Origin origin = weights.origin();
    all.put("model", origin.modelName()).put("hook", origin.hookName());
    if (weights.hooks().several()) {
      ArrayNode hooks = all.putArray("hooks");
      origin.inputHooks().forEach(hooks::add);
      ArrayNode widths = all.putArray("widths");
      weights.hooks().inputs().forEach(widths::add);
      ArrayNode inputScales = all.putArray("input_scales");
      weights.units().inputScales().forEach(inputScales::add);
      ArrayNode outputScales = all.putArray("output_scales");
      weights.units().outputScales().forEach(outputScales::add);
    } else {
      Json.put(all, "input_scale", weights.inputScale());
      Json.put(all, "output_scale", weights.outputScale());
    }
    all.put("output_hook", origin.outputHookName()).put("context_size", origin.contextSize());
    all.put("head", origin.headIndex()).put("centred_weights", origin.centred());
    ArrayNode assumed = all.putArray("assumed");
    weights.assumptions().forEach(assumed::add);
    ObjectNode tensors = all.putObject("tensors");
    weights
        .tensors()
        .forEach((name, weight) -> tensors.put(name, weight.dtype() + weight.shape().toString()));
    spreads(weights)
        .forEach(
            (name, spread) -> {
              ObjectNode each = all.putObject(name.replace(' ', '_'));
              Json.put(each, "min", spread.least);
              Json.put(each, "median", spread.median);
              Json.put(each, "max", spread.greatest);
            });
    return all;
  }

  private static String listed(List<Double> scales) {
    return scales.stream().map("%.6g"::formatted).collect(Collectors.joining(", "));
  }

  private void print(SaeFormat format, SaeWeights weights) {
    Table table = Table.withColumns(path.toString(), format.name());
    table.row("architecture", weights.kind());
    table.row(
        "sizes",
        "%,d in, %,d features, %,d out"
            .formatted(weights.width(), weights.features(), weights.outputWidth()));
    if (weights.k() != null) {
      table.row("k", weights.k().toString());
    }
    table.row("encoder takes", weights.subtractsDecoderBias() ? "x − b_dec" : "x as it is");
    if (weights.rescalesByDecoderNorm()) {
      table.row("chooses by", "pre-activation times ‖W_dec‖");
      table.row("computed as", "W_enc and b_enc times ‖W_dec‖, and decoder vectors of norm 1");
    }
    if (weights.normalisation() != Normalisation.NONE) {
      table.row(
          "each token",
          weights.normalisation() == Normalisation.LAYER_NORM
              ? "to mean 0 and standard deviation 1"
              : "to norm √D");
    }
    Units units = weights.units();
    if (Stream.of(units.inputScales(), units.outputScales())
        .flatMap(List::stream)
        .anyMatch(scale -> scale != 1)) {
      table.row(
          "activations times",
          "%s in, %s out".formatted(listed(units.inputScales()), listed(units.outputScales())));
    }
    Origin origin = weights.origin();
    table.row("model", origin.modelName() == null ? "not said" : origin.modelName());
    List<String> hooks = origin.inputHooks();
    table.row(
        weights.hooks().several() ? "hook points" : "hook point",
        hooks.isEmpty() ? "not said" : String.join(", ", hooks));
    if (weights.hooks().several()) {
      table.row(
          "each is wide",
          weights.hooks().inputs().stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
    if (origin.headIndex() != null) {
      table.row("head", origin.headIndex().toString());
    }
    if (origin.outputHookName() != null) {
      table.row("predicts", origin.outputHookName());
    }
    if (origin.centred()) {
      table.row("model's weights", "centred: it reads activations less their mean");
    }
    weights.assumptions().forEach(line -> table.row("assumed", line));
    table.row(
        "tensors",
        weights.tensors().entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue().dtype() + each.getValue().shape())
            .collect(Collectors.joining(", ")));
    table.printTo(console.out());
    console.print("");
    Table numbers = Table.withColumns("", ">min", ">median", ">max");
    spreads(weights)
        .forEach(
            (name, spread) ->
                numbers.row(
                    name,
                    "%.4g".formatted(spread.least),
                    "%.4g".formatted(spread.median),
                    "%.4g".formatted(spread.greatest)));
    numbers.printTo(console.out());
  }
}
