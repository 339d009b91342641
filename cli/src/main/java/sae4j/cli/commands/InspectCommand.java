// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.activations.ActivationSet;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.FeatureOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.MaxTokensOption;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.options.ModelTextOptions;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ReadingProgress;
import sae4j.cli.terminal.Table;
import sae4j.cli.terminal.TokenLine;
import sae4j.evaluation.ActivationDataset;
import sae4j.evaluation.FeatureExamples;
import sae4j.evaluation.FeatureExamples.Example;
import sae4j.evaluation.FeatureVectors;
import sae4j.evaluation.Metrics;
import sae4j.evaluation.ModelReading;
import sae4j.evaluation.TokensInContext;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;

/// `sae inspect`: everything about one feature.
@Command(
    name = "inspect",
    sortOptions = false,
    description =
        "Look at one feature: its two vectors, its neighbours and, on activations, where it is"
            + " active.",
    footer = {
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae inspect --sae toy/sae --feature 3 --activations toy/activations.safetensors",
      "",
      "  sae demo --out demo",
      "  sae inspect --sae demo --feature 5 --model java-gpt2-tiny",
      "      the tokens it is most active on, in the Java sources on this machine"
    })
public final class InspectCommand implements Callable<Integer>, Checked {
  private static final int BATCH = 1024;
  private static final int CONTEXT = 48;

  private final Console console;

  @Mixin private SaeOption saeOption = new SaeOption();

  @Mixin private FeatureOption featureOption = new FeatureOption();
  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private MismatchOption mismatch = new MismatchOption();

  @Mixin private ModelTextOptions reading = new ModelTextOptions(new MaxTokensOption(20_000));

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--show",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      defaultValue = "10",
      description = "Components, neighbours and tokens to show (default: ${DEFAULT-VALUE}).")
  private int show;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public InspectCommand(Console console) {
    this.console = console;
  }

  /// Where a feature is active.
  ///
  /// @param density fraction of the tokens
  /// @param strongest the rows on which it is most active
  /// @param text behind the rows, if it is known
  private record Activity(
      long tokens, double density, List<Example> strongest, @Nullable TokensInContext text) {}

  @Override
  public void check(Given given) {
    activations.requireNotBeside(reading.given());
    ActivationsOptions.OR_A_TEXT.check(given);
  }

  @Override
  public Integer call() throws IOException {
    try (Backend backend = backendOption.open(console)) {
      SaeFiles.Loaded loaded = saeOption.load(backend);
      int feature = featureOption.of(loaded.sae());
      View view = View.of(loaded.sae(), feature);
      Activity activity = activity(loaded, feature);
      if (json.given()) {
        console.print(Json.line(asJson(view, activity)));
      } else {
        print(view, activity);
      }
    }
    return 0;
  }

  private @Nullable Activity activity(SaeFiles.Loaded loaded, int feature) throws IOException {
    if (reading.given()) {
      ModelReading read = read(loaded);
      return activity(loaded.sae(), feature, read.activations(), read.text());
    }
    if (activations.given()) {
      try (ActivationDataset given =
          activations.openFinite(reading.hook().given(), loaded.origin())) {
        activations.requireWidth(
            given, loaded.sae().activationDim(), "the SAE in " + saeOption.path());
        ActivationSet set = mismatch.activations(console, loaded.origin(), given, null);
        return activity(loaded.sae(), feature, set, given.text());
      }
    }
    return null;
  }

  private ModelReading read(SaeFiles.Loaded loaded) throws IOException {
    DocumentSource text = reading.source();
    Origin origin = loaded.origin();
    HookPoint hook = reading.hook(origin);
    try (LanguageModel model = mismatch.model(console, loaded, reading.open(origin), hook, null)) {
      return new ReadingProgress(console).read(model, hook, text, reading.settings(model, origin));
    }
  }

  private Activity activity(
      Sae sae, int feature, ActivationSet set, @Nullable TokensInContext text) {
    double density = Metrics.of(sae, set, BATCH).density()[feature];
    return new Activity(
        set.rows(), density, FeatureExamples.of(sae, set, show, BATCH).of(feature), text);
  }

  /// The two vectors of a feature and what surrounds them.
  private record View(
      int feature,
      double[] encoder,
      double[] decoder,
      double encoderBias,
      double cosine,
      double[] decoderCosines,
      int dictSize) {
    static View of(Sae sae, int feature) {
      FeatureVectors vectors = FeatureVectors.of(sae);
      return new View(
          feature,
          vectors.encoder(feature),
          vectors.decoder(feature),
          sae.find(Role.ENCODER_BIAS).map(biasF -> biasF.toDoubles()[feature]).orElse(0.0),
          vectors.cosines()[feature],
          vectors.decoderCosines(feature),
          vectors.features());
    }

    List<Integer> largest(double[] vector, int count) {
      return ranked(vector.length, count, d -> Math.abs(vector[d]));
    }

    List<Integer> nearest(int count) {
      return ranked(dictSize, dictSize, f -> decoderCosines[f]).stream()
          .filter(f -> f != feature)
          .limit(count)
          .toList();
    }

    private static List<Integer> ranked(int candidates, int count, IntToDoubleFunction score) {
      return IntStream.range(0, candidates)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer i) -> -score.applyAsDouble(i)))
          .limit(count)
          .toList();
    }
  }

  private static double norm(double[] vector) {
    return Math.sqrt(Arrays.stream(vector).map(v -> v * v).sum());
  }

  private void print(View view, @Nullable Activity activity) {
    Table table =
        Table.withColumns(
            "feature " + view.feature + " of " + view.dictSize, saeOption.path().toString());
    table.row(
        "encoder vector", "norm %.4g, bias %+.4g".formatted(norm(view.encoder), view.encoderBias));
    table.row("  largest", components(view.encoder, view.largest(view.encoder, show)));
    table.row("decoder vector", "norm %.4g".formatted(norm(view.decoder)));
    table.row("  largest", components(view.decoder, view.largest(view.decoder, show)));
    if (!Double.isNaN(view.cosine)) { // of a transcoder's two widths there is none
      table.row("cosine of the two", "%.3f".formatted(view.cosine));
    }
    table.row(
        "nearest decoders",
        view.nearest(show).stream()
            .map(f -> "%d (%.3f)".formatted(f, view.decoderCosines[f]))
            .collect(Collectors.joining("  ")));
    if (activity != null) {
      table.row("density", "%.3g of %,d tokens".formatted(activity.density, activity.tokens));
    }
    table.printTo(console.out());
    if (activity != null) {
      printStrongest(activity);
    }
  }

  private void printStrongest(Activity activity) {
    Table table = Table.withColumns(">activation", activity.text == null ? "row" : "token");
    TokenLine line = activity.text == null ? null : new TokenLine(activity.text, CONTEXT, false);
    for (Example example : activity.strongest) {
      table.row(
          "%.4g".formatted(example.activation()),
          line == null ? "%,d".formatted(example.row()) : line.of(example.row()));
    }
    console.print("");
    table.printTo(console.out());
  }

  private static String components(double[] vector, List<Integer> which) {
    return which.stream()
        .map(d -> "[%d] %+.3f".formatted(d, vector[d]))
        .collect(Collectors.joining("  "));
  }

  private ObjectNode asJson(View view, @Nullable Activity activity) {
    ObjectNode all = Json.object().put("feature", view.feature).put("features", view.dictSize);
    Json.put(all, "encoder_norm", norm(view.encoder));
    Json.put(all, "decoder_norm", norm(view.decoder));
    Json.put(all, "encoder_bias", view.encoderBias);
    Json.put(all, "cosine", view.cosine);
    ArrayNode encoder = all.putArray("encoder");
    Arrays.stream(view.encoder).forEach(encoder::add);
    ArrayNode decoder = all.putArray("decoder");
    Arrays.stream(view.decoder).forEach(decoder::add);
    ArrayNode nearest = all.putArray("nearest");
    view.nearest(show)
        .forEach(
            f ->
                nearest
                    .addObject()
                    .put("feature", f)
                    .put("decoder_cosine", view.decoderCosines[f]));
    if (activity != null) {
      all.put("tokens", activity.tokens).put("density", activity.density);
      ArrayNode strongest = all.putArray("strongest");
      for (Example example : activity.strongest) {
        ObjectNode described =
            strongest.addObject().put("row", example.row()).put("activation", example.activation());
        if (activity.text != null) {
          described.put("token", activity.text.token(example.row()));
          described.put("before", activity.text.before(example.row(), CONTEXT));
          described.put("after", activity.text.after(example.row(), CONTEXT));
          described.put("document", activity.text.document(example.row()));
        }
      }
    }
    return all;
  }
}
