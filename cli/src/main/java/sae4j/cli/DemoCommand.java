package sae4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.ActivationSet;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JavaSources;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.runs.RunFolder;
import sae4j.cli.runs.TrainingRun;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Interruption;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.Version;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.Plan;
import sae4j.dashboard.site.Description;
import sae4j.evaluation.FeatureExamples;
import sae4j.evaluation.FeaturePortrait;
import sae4j.evaluation.Metrics;
import sae4j.evaluation.TokensInContext;
import sae4j.files.Safetensors;
import sae4j.files.TensorData;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;
import sae4j.training.StreamTrainer;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;

/// `sae demo`: from a language model to readable features, with nothing to prepare.
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Watch the article happen: a small language model reads Java, its activations train the"
          + " article's SAE, and the features that come out are shown with the tokens that activate"
          + " them.",
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
final class DemoCommand implements Callable<Integer> {
  private static final String MODEL = "java-gpt2-tiny";
  private static final HookPoint HOOK = HookPoint.residPost(2);
  private static final int SEED = 1;
  private static final int EVALUATION_BATCH = 2048;
  private static final int EXAMPLES = 32;
  private static final int SHOWN_EXAMPLES = 3;
  private static final int CONTEXT = 48;
  private static final int INTERRUPTED = 130;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
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
      description = "Size of the dictionary (default: ${DEFAULT-VALUE}).")
  private int features;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "150000",
      description =
          "Tokens to train on; a fifth of that is held out for judging (default:"
              + " ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "600",
      description = "Training steps (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--l1",
      paramLabel = "X",
      defaultValue = "1.7",
      description = "Weight of the sparsity penalty (default: ${DEFAULT-VALUE}).")
  private double l1;

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "20",
      description = "Features to show (default: ${DEFAULT-VALUE}).")
  private int show;

  @Option(names = "--json", description = "Print one JSON object with the result.")
  private boolean json;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Parameters.require(spec, features >= 1, "--features", features, "it must be 1 or more");
    Parameters.require(spec, tokens >= 5_000, "--tokens", tokens, "it must be 5000 or more");
    Parameters.require(spec, steps >= 1, "--steps", steps, "it must be 1 or more");
    Parameters.require(spec, l1 >= 0, "--l1", l1, "it must be 0 or more");
    Parameters.require(spec, show >= 0, "--show", show, "it must be 0 or more");
    RunFolder folder = out == null ? null : RunFolder.forNewRun(out);
    if (out != null) {
      new DashboardFolder(out).requireRoom();
    }
    Captured captured = capture();
    try (Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      TrainingOptions options =
          TrainingOptions.builder(SaeOptions.of("relu", features))
              .l1(l1)
              .steps(steps)
              .learningRateDecaySteps(steps / 4)
              .seed(SEED)
              .build();
      StreamTrainer trainer = new StreamTrainer(captured.training, options, backend);
      if (folder != null) {
        folder.create();
      }
      TrainingRun.Outcome outcome =
          new TrainingRun(
                  console, folder == null ? List.of() : List.of(folder), Duration.ofSeconds(30))
              .train(trainer, interruption);
      if (!outcome.finished()) {
        return INTERRUPTED;
      }
      ObjectNode result = judge(captured, trainer, outcome, backend);
      if (folder != null) {
        keep(folder, captured, trainer, result);
        console.say("");
        dashboard(new DashboardFolder(folder.path()), captured, backend);
      }
      console.say("");
      console.say("next: %s".formatted(next(result)));
      if (json) {
        console.print(Json.line(result));
      }
      return 0;
    }
  }

  private String next(ObjectNode result) {
    int feature = result.path("features").path(0).path("feature").asInt(0);
    return out == null
        ? "sae demo --out demo   to keep the SAE, then: sae inspect --sae demo --feature " + feature
        : "open %s in a browser; sae serve --sae %s   to type text into it; sae inspect --sae %s --feature %d --activations %s"
            .formatted(
                out.resolve(DashboardFolder.PAGE),
                out,
                out,
                feature,
                out.resolve("heldout.safetensors"));
  }

  /// Shows all features on all of the text. The SAE is the one that was saved: its activations are
  /// the model's own.
  private void dashboard(DashboardFolder folder, Captured captured, Backend backend)
      throws IOException {
    Sae sae = SaeFiles.load(folder.path(), backend).sae();
    StoredReading reading =
        StoredReading.of(sae, captured.all, captured.text, folder.path(), read -> {});
    try (LanguageModel model = LanguageModels.open(MODEL);
        Dashboard dashboard =
            new Dashboard(sae, reading.codes(), reading.text(), model, Plan.USUAL, folder.path())) {
      ProgressLine progress =
          new ProgressLine(console, "dashboard", "features", dashboard.features());
      folder.write(
          dashboard,
          new Description("demo", sae.architecture(), MODEL, HOOK.name(), captured.source),
          Map.of(),
          List.of(),
          progress::add);
      progress.end();
    }
  }

  /// What the model made of the text.
  ///
  /// @param all the activations, in the order of the text
  /// @param heldOut the first files' part of them, to judge by
  /// @param training the rest
  private record Captured(
      ActivationSet all,
      ActivationSet heldOut,
      ActivationSet training,
      TokensInContext text,
      String source) {}

  private Captured capture() throws IOException {
    try (LanguageModel model = LanguageModels.open(MODEL)) {
      DocumentSource source = JavaSources.onThisMachine(SEED, Path.of(""));
      console.say("activations of %s at %s".formatted(model.name(), HOOK));
      int heldOutTokens = tokens / 5;
      ModelReading reading =
          ModelReading.of(console, model, HOOK, source, tokens + (long) heldOutTokens);
      ActivationSet all = reading.activations();
      long end = reading.text().endOfDocument(Math.min(heldOutTokens, all.rows() - 1));
      return new Captured(
          all,
          all.slice(0, end),
          all.slice(end, all.rows() - end),
          reading.text(),
          source.description());
    }
  }

  private ObjectNode judge(
      Captured captured, Trainer trainer, TrainingRun.Outcome outcome, Backend backend) {
    Sae sae = trainer.learner().trained();
    Metrics metrics = Metrics.of(sae, captured.heldOut, EVALUATION_BATCH);
    ObjectNode result = Json.object().put("backend", backend.name());
    Json.put(result, "explained_variance", metrics.explainedVariance());
    Json.put(result, "l0", metrics.l0());
    Json.put(result, "dead_fraction", metrics.deadFraction());
    result.set("loss", outcome.metrics().getFirst().get("loss"));
    result.set("tokens_per_s", outcome.metrics().getFirst().get("tokens_per_s"));
    result.set("training_seconds", outcome.metrics().getFirst().get("seconds"));
    Json.put(result, "median_encoder_decoder_cosine", metrics.medianDecoderCosine());
    result.put("held_out_tokens", metrics.tokens());
    console.say("");
    console.say(
        ("on %,d tokens of held-out files: explained variance %.3f at L0 %.1f; %.1f %% of %,d"
                + " features dead; median cosine of encoder and decoder vectors %.2f")
            .formatted(
                metrics.tokens(),
                metrics.explainedVariance(),
                metrics.l0(),
                100 * metrics.deadFraction(),
                features,
                metrics.medianDecoderCosine()));
    FeatureExamples examples = FeatureExamples.of(sae, captured.all, EXAMPLES, EVALUATION_BATCH);
    ArrayNode shown = result.putArray("features");
    for (FeaturePortrait portrait :
        FeaturePortrait.mostReadable(examples, metrics.density(), captured.text, show)) {
      shown.add(describe(portrait, captured.text));
    }
    return result;
  }

  private ObjectNode describe(FeaturePortrait portrait, TokensInContext text) {
    console.say("");
    String after =
        portrait.commonlyAfter().isEmpty()
            ? ""
            : " after '" + TokenLine.visible(portrait.commonlyAfter()) + "'";
    console.say(
        "feature %d: '%s'%s   active on %.2f %% of tokens; %.0f %% of its strongest are this, from %d files"
            .formatted(
                portrait.feature(),
                TokenLine.visible(portrait.commonToken()),
                after,
                100 * portrait.density(),
                100 * portrait.share(),
                portrait.documents()));
    ObjectNode described =
        Json.object().put("feature", portrait.feature()).put("token", portrait.commonToken());
    Json.put(described, "share", portrait.share());
    Json.put(described, "density", portrait.density());
    ArrayNode contexts = described.putArray("examples");
    TokenLine line = new TokenLine(text, CONTEXT, console.live());
    for (FeatureExamples.Example example :
        portrait.examples().subList(0, Math.min(SHOWN_EXAMPLES, portrait.examples().size()))) {
      console.say("  %6.2f  %s".formatted(example.activation(), line.of(example.row())));
      contexts.add(new TokenLine(text, CONTEXT, false).of(example.row()).strip());
    }
    return described;
  }

  private void keep(RunFolder folder, Captured captured, Trainer trainer, ObjectNode result)
      throws IOException {
    folder.writing(
        () -> {
          SaeFiles.save(folder.path(), trainer.learner().trained(), new Origin(MODEL, HOOK.name()));
          ActivationSet heldOut = captured.heldOut;
          Safetensors.write(
              folder.path().resolve("heldout.safetensors"),
              Map.of("model_name", MODEL, "hook_name", HOOK.name(), "text", captured.source),
              List.of(
                  TensorData.rows(
                      "activations",
                      heldOut.rows(),
                      heldOut.width(),
                      (row, values) -> heldOut.read(row, values, 0))));
          trainer.saveCheckpoint(folder.checkpoint());
        });
    folder.record(Map.of(), Json.object().put("sae4j", Version.number()).set("result", result));
  }
}
