// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.truth;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.activations.ActivationSet;
import sae4j.activations.toy.ToyModel;
import sae4j.activations.toy.ToySettings;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.ShellWord;
import sae4j.cli.terminal.Table;
import sae4j.cli.terminal.Version;
import sae4j.dashboard.drawing.Picture;
import sae4j.dashboard.graphs.SuperpositionPicture;
import sae4j.evaluation.DictionaryMatch;
import sae4j.evaluation.toy.ToyRecovery;
import sae4j.files.AtomicWrite;
import sae4j.files.TensorData;
import sae4j.files.output.OutputFolder;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;
import sae4j.training.toy.ToyDictionary;

/// `sae toy`: superposition made and undone, with nothing but the program itself.
@Command(
    name = "toy",
    sortOptions = false,
    description = {
      "Train a toy model that stores more features than it has dimensions, then an SAE that finds"
          + " them again.",
      "",
      "The toy model is x̂ = ReLU(x·W·Wᵀ + b) (Elhage et al. 2022); the SAE is the article's and"
          + " sees only the hidden activations x·W."
    },
    footer = {
      "",
      "The folder --out gets superposition.svg and .png, activations.safetensors,"
          + " true_features.safetensors, and the SAE in sae/.",
      "",
      "Example:",
      "  sae toy --features 64 --d-model 32 --probability 0.03 --out toy64"
    })
public final class ToyCommand implements Callable<Integer>, Checked {
  private static final int FEATURES = 5;
  private static final int EXAMPLES = 20_000;
  private static final int BATCH = 256;
  private static final double LEARNING_RATE = 0.01;
  private static final int RESAMPLINGS = 10;
  private static final int ROWS_SHOWN = 20;

  private final Console console;

  @Option(
      names = "--true-features",
      paramLabel = "G",
      converter = Numbers.Positive.class,
      description =
          "Features that the toy model stores (default: as many as the SAE has, or "
              + FEATURES
              + ").")
  private @Nullable Integer trueFeatures;

  @Option(
      names = "--d-model",
      paramLabel = "D",
      defaultValue = "2",
      converter = Numbers.Positive.class,
      description = "Dimensions of the toy model's hidden layer (default: ${DEFAULT-VALUE}).")
  private int hidden;

  @Option(
      names = "--probability",
      paramLabel = "P",
      defaultValue = "0.025",
      converter = Numbers.Probability.class,
      description =
          "The probability that a true feature is present in an example (default:"
              + " ${DEFAULT-VALUE}).")
  private double probability;

  @Option(
      names = "--features",
      paramLabel = "F",
      converter = Numbers.Positive.class,
      description = "Size of the dictionary (default: as many as true features).")
  private @Nullable Integer dictionary;

  @Option(
      names = "--l1",
      paramLabel = "X",
      defaultValue = "0.6",
      converter = Numbers.NotNegativeReal.class,
      description =
          "Weight λ of the sparsity penalty, on activations scaled to mean norm √D (default:"
              + " ${DEFAULT-VALUE}).")
  private double l1;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "2000",
      converter = Numbers.Positive.class,
      description =
          "Training steps of the toy model, and as many of the SAE (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      converter = Numbers.Seed.class,
      description = "The seed of everything (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for the picture, the activations and the SAE.")
  private @Nullable Path out;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public ToyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    int features = dictionary == null ? trueFeatures() : dictionary;
    String learned = dictionary == null ? "--true-features" : "--features";
    String stored = trueFeatures == null ? "--features" : "--true-features";
    given.requireArray("--d-model", hidden, "rows", EXAMPLES);
    given.requireArray("--d-model", hidden, stored, trueFeatures());
    given.requireArray("--d-model", hidden, learned, features);
    given.requireArray(learned, features, stored, trueFeatures());
    given.requireArray(stored, trueFeatures(), "a batch of", BATCH);
    given.requireArray(learned, features, "a batch of", BATCH);
  }

  @Override
  public Integer call() throws IOException {
    long start = System.nanoTime();
    try (OutputFolder folder = folder();
        Backend backend = backendOption.open(console)) {
      ProgressLine ofModel = new ProgressLine(console, "toy model", "steps", Long.MAX_VALUE);
      ToyModel model =
          ToyModel.ofEveryFeature(
              new ToySettings(
                  trueFeatures(), hidden, probability, steps, BATCH, LEARNING_RATE, seed),
              backend,
              ofModel::add);
      ofModel.end();
      float[] activationsTD = model.hiddenActivations(EXAMPLES, ~seed);
      ProgressLine ofSae = new ProgressLine(console, "SAE", "steps", Long.MAX_VALUE);
      Sae sae =
          ToyDictionary.train(
                  ActivationSet.of(activationsTD, hidden),
                  new ToyDictionary.Settings(
                      dictionary == null ? trueFeatures() : dictionary,
                      l1,
                      steps,
                      BATCH,
                      LEARNING_RATE,
                      Math.max(1, steps / RESAMPLINGS),
                      seed),
                  backend,
                  ofSae::add)
              .sae();
      ofSae.end();
      ToyRecovery recovery = ToyRecovery.of(model, activationsTD, sae.decoderFD().toDoubles());
      if (folder != null) {
        save(recovery, sae, folder);
        folder.keep();
      }
      report(recovery, backend, (System.nanoTime() - start) / 1e9);
    }
    return 0;
  }

  private int trueFeatures() {
    if (trueFeatures != null) {
      return trueFeatures;
    }
    return dictionary == null ? FEATURES : dictionary;
  }

  private @Nullable OutputFolder folder() throws IOException {
    return out == null ? null : OutputFolder.own(out, Version.claimant("sae toy"));
  }

  private static void save(ToyRecovery recovery, Sae sae, OutputFolder folder) throws IOException {
    Picture picture = new SuperpositionPicture(recovery).picture();
    AtomicWrite.file(folder.entry("superposition.svg"), picture.svg());
    AtomicWrite.file(folder.entry("superposition.png"), picture.png());
    int width = recovery.model().settings().hidden();
    float[] activationsTD = recovery.activationsTD();
    double[] directionsGD = recovery.model().directionsGD();
    Safetensors.write(
        folder.entry("activations.safetensors"),
        Map.of(),
        List.of(
            TensorData.floats("activations", activationsTD, activationsTD.length / width, width)));
    Safetensors.write(
        folder.entry("true_features.safetensors"),
        Map.of(),
        List.of(
            TensorData.doubles("directions", directionsGD, directionsGD.length / width, width)));
    SaeFiles.save(folder.entry("sae"), sae, Origin.UNKNOWN);
  }

  private void report(ToyRecovery recovery, Backend backend, double seconds) {
    int features = trueFeatures();
    DictionaryMatch match = recovery.match();
    double worst = Arrays.stream(match.bestCosine()).min().orElse(Double.NaN);
    if (json.given()) {
      ObjectNode result =
          Json.object()
              .put("backend", backend.name())
              .put("features", features)
              .put("hidden", hidden);
      Json.put(result, "mmcs", match.meanMaxCosineSimilarity());
      Json.put(result, "worst_cosine", worst);
      result.put("represented", recovery.model().represented());
      ArrayNode rows = result.putArray("matches");
      for (int g = 0; g < features; g++) {
        rows.addObject()
            .put("feature", g)
            .put("learned", match.bestMatch()[g])
            .put("cosine", match.bestCosine()[g]);
      }
      Json.put(result, "seconds", seconds);
      console.print(Json.line(result));
      return;
    }
    Table table = Table.withColumns(">true feature", ">learned feature", ">cosine");
    for (int g = 0; g < Math.min(features, ROWS_SHOWN); g++) {
      table.row(
          Integer.toString(g),
          Integer.toString(match.bestMatch()[g]),
          "%.4f".formatted(match.bestCosine()[g]));
    }
    table.printTo(console.out());
    if (features > ROWS_SHOWN) {
      console.print("… and %d more; --json lists all".formatted(features - ROWS_SHOWN));
    }
    console.print(
        ("%nMMCS %.4f (mean over true features of the largest cosine with a learned one),"
                + " worst %.4f, in %.1f s")
            .formatted(match.meanMaxCosineSimilarity(), worst, seconds));
    long given = recovery.model().represented();
    if (given < features) {
      console.say(
          "the toy model itself represents only %d of its %d features; try a smaller --probability"
              .formatted(given, features));
    }
    if (out != null) {
      console.say(
          "picture in %s; to go on: sae inspect --sae %s --feature 0"
              .formatted(out.resolve("superposition.svg"), ShellWord.of(out.resolve("sae"))));
    }
  }
}
