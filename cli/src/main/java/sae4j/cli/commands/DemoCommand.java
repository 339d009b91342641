// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.process.Interruption;
import sae4j.cli.runs.TrainingRun;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Inputs;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.ShellWord;
import sae4j.cli.terminal.Version;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.Plan;
import sae4j.dashboard.StoredReading;
import sae4j.dashboard.site.DashboardFolder;
import sae4j.dashboard.site.Description;
import sae4j.dashboard.site.ShownSae;
import sae4j.evaluation.FeatureExamples;
import sae4j.evaluation.Metrics;
import sae4j.files.output.OutputFolder;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;
import sae4j.training.StreamTrainer;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;

/// `sae demo`: from a language model to readable features, with nothing to prepare.
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "See the article's SAE at work. A small language model reads Java, an SAE is trained on its"
          + " activations, and the features are shown with the tokens that activate them.",
      ""
    },
    footer = {
      "",
      "The folder --out gets the SAE as SAELens reads it, index.html with a dashboard of its"
          + " features (to be opened in a browser), the held-out activations, run.json and a"
          + " checkpoint.",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae serve --sae demo",
      "  sae eval --sae demo --activations demo/heldout.safetensors"
    })
public final class DemoCommand implements Callable<Integer> {
  private static final int SEED = 1;
  private static final int EVALUATION_BATCH = 2048;
  private static final int EXAMPLES = 32;
  private static final int INTERRUPTED = 130;

  private final Console console;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for the SAE and a dashboard of it (default: nothing is kept).")
  private @Nullable Path out;

  @Option(
      names = "--features",
      paramLabel = "F",
      defaultValue = "1024",
      converter = Numbers.Positive.class,
      description = "Size of the dictionary (default: ${DEFAULT-VALUE}).")
  private int features;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "150000",
      converter = Enough.class,
      description =
          "Tokens to train on. A fifth as many are held out for judging (default:"
              + " ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "600",
      converter = Numbers.Positive.class,
      description = "Training steps (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--l1",
      paramLabel = "X",
      defaultValue = "1.7",
      converter = Numbers.NotNegativeReal.class,
      description = "Weight λ of the sparsity penalty (default: ${DEFAULT-VALUE}).")
  private double l1;

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "20",
      converter = Numbers.NotNegative.class,
      description = "Features to show (default: ${DEFAULT-VALUE}).")
  private int show;

  @Mixin private JsonOption json = new JsonOption();

  /// So many tokens that something can be learned from them and judged by a fifth more.
  static final class Enough extends Numbers.Ints {
    Enough() {
      super(5_000, Integer.MAX_VALUE);
    }
  }

  /// @param console where it speaks
  public DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (out == null) {
      return run(null);
    }
    try (OutputFolder folder = OutputFolder.own(out, Version.claimant("sae demo"))) {
      return run(new DemoFolder(folder, options()));
    }
  }

  private Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--features", Integer.toString(features));
    options.put("--max-tokens", Integer.toString(tokens));
    options.put("--steps", Integer.toString(steps));
    options.put("--l1", Double.toString(l1));
    return options;
  }

  private int run(@Nullable DemoFolder folder) throws IOException {
    if (folder != null) {
      folder.requireUnfinished();
    }
    DemoActivations captured = DemoActivations.capture(console, tokens, SEED);
    try (Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      StreamTrainer trainer = trainer(folder, captured, backend);
      ObjectNode metrics = train(folder, trainer, interruption);
      if (metrics == null) {
        return INTERRUPTED;
      }
      interruption.stopListening(); // the SAE is kept; what follows is done again
      ObjectNode result = judge(captured, trainer, metrics, backend);
      if (folder != null) {
        folder.run().saveSae(SaeWeights.of(trainer.learner().trained(), DemoActivations.ORIGIN));
        captured.saveHeldOut(folder.run().path());
        console.say("");
        dashboard(folder.whole(), captured, backend);
        folder.finish(metrics, result);
      }
      console.say("");
      console.say("next: %s".formatted(next(result)));
      if (json.given()) {
        console.print(Json.line(result));
      }
      return 0;
    }
  }

  private StreamTrainer trainer(
      @Nullable DemoFolder folder, DemoActivations captured, Backend backend) throws IOException {
    TrainingOptions options =
        TrainingOptions.builder(SaeOptions.of("relu", features))
            .l1(l1)
            .steps(steps)
            .learningRateDecaySteps(steps / 4)
            .seed(SEED)
            .build();
    if (folder == null || !folder.run().hasCheckpoint()) {
      return new StreamTrainer(captured.training(), options, backend);
    }
    StreamTrainer trainer =
        StreamTrainer.resume(captured.training(), options, backend, folder.run().checkpoint());
    console.say("continuing after step %d".formatted(trainer.steps()));
    return trainer;
  }

  /// Takes the steps that are left.
  ///
  /// @return means over the last batches, and the speed; null if the user stopped it
  private @Nullable ObjectNode train(
      @Nullable DemoFolder folder, StreamTrainer trainer, Interruption interruption)
      throws IOException {
    if (folder != null && trainer.finished()) {
      return folder.metrics();
    }
    if (folder != null) {
      folder.begin();
    }
    TrainingRun.Outcome outcome =
        new TrainingRun(
                console, folder == null ? List.of() : List.of(folder.run()), Duration.ofSeconds(30))
            .train(trainer, interruption);
    if (!outcome.finished()) {
      console.say(
          "stopped after step %d of %d%s"
              .formatted(
                  trainer.steps(),
                  steps,
                  folder == null ? "" : "; the same command goes on from there"));
      return null;
    }
    ObjectNode metrics = outcome.metrics().getFirst();
    if (folder != null) {
      folder.trained(trainer, metrics);
    }
    return metrics;
  }

  private String next(ObjectNode result) {
    int feature = result.path("features").path(0).path("feature").asInt(0);
    return out == null
        ? "sae demo --out demo   to keep the SAE, then: sae inspect --sae demo --feature " + feature
        : ("open %s in a browser; sae serve --sae %s   to type text into it;"
                + " sae inspect --sae %s --feature %d --activations %s")
            .formatted(
                out.resolve(DashboardFolder.PAGE),
                ShellWord.of(out),
                ShellWord.of(out),
                feature,
                ShellWord.of(out.resolve(DemoActivations.FILE)));
  }

  /// Shows all features on all of the text. The SAE is the one that was saved: its activations are
  /// the model's own.
  private void dashboard(OutputFolder folder, DemoActivations captured, Backend backend)
      throws IOException {
    Sae sae = SaeFiles.load(folder.path(), backend).sae();
    StoredReading reading =
        StoredReading.of(sae, captured.all(), captured.text(), folder.path(), read -> {});
    try (LanguageModel model = LanguageModels.open(DemoActivations.MODEL);
        Dashboard dashboard =
            new Dashboard(sae, reading.codes(), reading.text(), model, Plan.USUAL, folder.path())) {
      ProgressLine progress =
          new ProgressLine(console, "dashboard", "features", dashboard.features());
      DashboardFolder.write(
          folder,
          dashboard,
          new Description(
              "demo",
              sae.architecture(),
              DemoActivations.MODEL,
              DemoActivations.HOOK.name(),
              captured.source(),
              new ShownSae(String.valueOf(out), Inputs.sum(sae))),
          Map.of(),
          List.of(),
          progress::add);
      progress.end();
    }
  }

  private ObjectNode judge(
      DemoActivations captured, Trainer trainer, ObjectNode training, Backend backend) {
    Sae sae = trainer.learner().trained();
    Metrics metrics = Metrics.of(sae, captured.heldOut(), EVALUATION_BATCH);
    ObjectNode result = Json.object().put("backend", backend.name());
    Json.put(result, "explained_variance", metrics.explainedVariance());
    Json.put(result, "l0", metrics.l0());
    Json.put(result, "dead_fraction", metrics.deadFraction());
    result.set("loss", training.get("loss"));
    result.set("tokens_per_s", training.get("tokens_per_s"));
    result.set("training_seconds", training.get("seconds"));
    DemoReport report = new DemoReport(console, captured.text());
    report.metrics(metrics, features, result);
    FeatureExamples examples = FeatureExamples.of(sae, captured.all(), EXAMPLES, EVALUATION_BATCH);
    report.features(examples, metrics.density(), show, result);
    return result;
  }
}
