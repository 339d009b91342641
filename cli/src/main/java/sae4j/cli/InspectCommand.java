package sae4j.cli;

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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.ActivationSet;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.GivenActivations;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.SaeOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.evaluation.FeatureExamples;
import sae4j.evaluation.FeatureExamples.Example;
import sae4j.evaluation.FeatureVectors;
import sae4j.evaluation.Metrics;
import sae4j.evaluation.TokensInContext;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
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
final class InspectCommand implements Callable<Integer> {
  private static final int BATCH = 1024;
  private static final int CONTEXT = 48;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeOption saeOption = new SaeOption();

  @Option(
      names = "--feature",
      paramLabel = "N",
      required = true,
      description = "Which feature, from 0.")
  private int feature;

  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private HookOption hookOption = new HookOption();
  @Mixin private TextOptions textOptions = new TextOptions();
  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "How many components, neighbours and tokens to show (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(names = "--json", description = "Print one JSON object, with both vectors in full.")
  private boolean json;

  InspectCommand(Console console) {
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
  public Integer call() throws IOException {
    Parameters.require(spec, top >= 1, "--top", top, "it must be 1 or more");
    try (Backend backend = backendOption.open(console)) {
      SaeFiles.Loaded loaded = SaeFiles.load(saeOption.folder(), backend);
      saeOption.requireFeature(loaded.sae(), feature);
      View view = View.of(loaded.sae(), feature);
      Activity activity = activity(loaded);
      if (json) {
        console.print(Json.line(asJson(view, activity)));
      } else {
        print(view, activity);
      }
    }
    return 0;
  }

  private @Nullable Activity activity(SaeFiles.Loaded loaded) throws IOException {
    Parameters.require(
        spec,
        !(activations.given() && textOptions.given()),
        "--activations",
        "given beside --model or --text",
        "give one of them");
    if (textOptions.given()) {
      ModelReading read = textOptions.read(loaded.origin(), hookOption, console);
      return activity(loaded.sae(), read.activations(), read.text());
    }
    if (activations.given()) {
      try (GivenActivations given = activations.openFinite(hookOption.given())) {
        return activity(loaded.sae(), given, given.text());
      }
    }
    return null;
  }

  private Activity activity(Sae sae, ActivationSet set, @Nullable TokensInContext text) {
    double density = Metrics.of(sae, set, BATCH).density()[feature];
    return new Activity(
        set.rows(), density, FeatureExamples.of(sae, set, top, BATCH).of(feature), text);
  }

  /// The two vectors of a feature and what surrounds them.
  private record View(
      double[] encoder,
      double[] decoder,
      double encoderBias,
      double cosine,
      double[] decoderCosines,
      int dictSize) {
    static View of(Sae sae, int feature) {
      FeatureVectors vectors = FeatureVectors.of(sae);
      int width = vectors.width();
      return new View(
          Arrays.copyOfRange(vectors.encoderFD(), feature * width, (feature + 1) * width),
          Arrays.copyOfRange(vectors.decoderFD(), feature * width, (feature + 1) * width),
          sae.parameter("b_enc").toDoubles()[feature],
          vectors.cosines()[feature],
          vectors.decoderCosines(feature),
          vectors.features());
    }

    List<Integer> largest(double[] vector, int count) {
      return ranked(vector.length, count, d -> Math.abs(vector[d]));
    }

    List<Integer> nearest(int feature, int count) {
      return ranked(dictSize, count + 1, f -> decoderCosines[f]).stream()
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
            "feature " + feature + " of " + view.dictSize, saeOption.folder().toString());
    table.row(
        "encoder vector", "norm %.4g, bias %+.4g".formatted(norm(view.encoder), view.encoderBias));
    table.row("  largest", components(view.encoder, view.largest(view.encoder, top)));
    table.row("decoder vector", "norm %.4g".formatted(norm(view.decoder)));
    table.row("  largest", components(view.decoder, view.largest(view.decoder, top)));
    table.row("cosine of the two", "%.3f".formatted(view.cosine));
    table.row(
        "nearest decoders",
        view.nearest(feature, top).stream()
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
    ObjectNode all = Json.object().put("feature", feature).put("features", view.dictSize);
    Json.put(all, "encoder_norm", norm(view.encoder));
    Json.put(all, "decoder_norm", norm(view.decoder));
    Json.put(all, "encoder_bias", view.encoderBias);
    Json.put(all, "cosine", view.cosine);
    ArrayNode encoder = all.putArray("encoder");
    Arrays.stream(view.encoder).forEach(encoder::add);
    ArrayNode decoder = all.putArray("decoder");
    Arrays.stream(view.decoder).forEach(decoder::add);
    ArrayNode nearest = all.putArray("nearest");
    view.nearest(feature, top)
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
