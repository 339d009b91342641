// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.truth;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.activations.synthetic.SyntheticWorld;
import sae4j.activations.synthetic.WorldSettings;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.StepOptions;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.Version;
import sae4j.evaluation.synthetic.TruthMetrics;
import sae4j.files.output.OutputFolder;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;
import sae4j.training.Learner;
import sae4j.training.StreamTrainer;
import sae4j.training.Task;
import sae4j.training.TrainingOptions;

/// `sae synth`: SAEs of every architecture on activations whose true features are known.
@Command(
    name = "synth",
    sortOptions = false,
    description = {
      "Train SAEs on synthetic activations and measure which of the true features they found.",
      "",
      "True features are frequent and rare (Zipf), correlated, in hierarchies, and exclude their"
          + " siblings, as in SynthSAEBench (arXiv 2602.14687). All SAEs see the same activations"
          + " and are trained to the same L0."
    },
    footer = {
      "",
      "The learning rate falls to a tenth over the last fifth of the steps.",
      "",
      "Each feature of an SAE is compared with the true feature that its decoder vector is most"
          + " parallel to. F1: how well it tells that this true feature is present. MCC: mean |cos|"
          + " of features and true features, paired one to one. Unique: different true features"
          + " among those that features were compared with.",
      "",
      "Example:",
      "  sae synth --steps 2000 --architectures relu,topk,matryoshka"
    })
public final class SynthCommand implements Callable<Integer>, Checked {
  private static final int INTERRUPTED = 130;
  private static final int BATCH_OF_EVALUATION = 1000;

  private final Console console;

  @Option(
      names = "--true-features",
      paramLabel = "G",
      defaultValue = "1024",
      converter = Numbers.AtLeastTwo.class,
      description = "Features of the synthetic world (default: ${DEFAULT-VALUE}).")
  private int trueFeatures;

  @Option(
      names = "--d-model",
      paramLabel = "D",
      defaultValue = "128",
      converter = Numbers.AtLeastTwo.class,
      description = "Width of the activations (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--features",
      paramLabel = "F",
      defaultValue = "512",
      converter = Numbers.Positive.class,
      description = "Size of each dictionary (default: ${DEFAULT-VALUE}).")
  private int dictionary;

  @Option(
      names = "--target-l0",
      paramLabel = "N",
      defaultValue = "5",
      converter = Numbers.Positive.class,
      description =
          "Target L0: the mean number of active features in each row, the same for all SAEs"
              + " (default: ${DEFAULT-VALUE}).")
  private int l0;

  @Option(
      names = "--architectures",
      paramLabel = "NAMES",
      split = ",",
      converter = ArchitectureName.OfOneHook.class,
      description =
          "Architectures, separated by commas (default: all that reconstruct what they read).")
  private List<String> names = List.of();

  @Mixin private StepOptions training = new StepOptions(10_000, 512, 0.001);

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "50000",
      converter = Numbers.Positive.class,
      description = "Fresh rows to judge the SAEs by (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for the SAEs, each in a folder named after its architecture.")
  private @Nullable Path out;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public SynthCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    given.require(
        l0 <= dictionary,
        "--target-l0",
        l0,
        "it must be from 1 to the features of the SAEs, " + dictionary);
    given.requireArray("--d-model", width, "--d-model", width);
    given.requireArray("--true-features", trueFeatures, "--d-model", width);
    given.requireArray("--features", dictionary, "--d-model", width);
    given.requireArray("--batch", training.batch(), "--d-model", width);
    given.requireArray("--batch", training.batch(), "--features", dictionary);
    given.requireArray("--batch", training.batch(), "--true-features", trueFeatures);
    given.require(
        training.steps() <= Long.MAX_VALUE / training.batch() - samples,
        "--steps",
        training.steps(),
        "with --batch %d that is more rows than can be counted".formatted(training.batch()));
  }

  @Override
  public Integer call() throws IOException {
    List<Task> tasks = tasks();
    long start = System.nanoTime();
    SyntheticWorld world =
        new SyntheticWorld(WorldSettings.standard(trueFeatures, width, training.seed()));
    try (OutputFolder folder = folder();
        Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      long rows = training.steps() * training.batch();
      try (ActivationStream stream =
          new ShuffledStream(
              List.of(world.activations(0, rows)), training.seed(), training.batch())) {
        StreamTrainer trainer = new StreamTrainer(stream, tasks, backend);
        if (!train(trainer, interruption)) {
          return INTERRUPTED;
        }
        interruption.stopListening(); // nothing is half done while they are judged
        List<SynthReport.Judged> judged = new ArrayList<>();
        for (Learner learner : trainer.learners()) {
          judged.add(
              new SynthReport.Judged(
                  learner.options().sae().architecture(), judge(learner, folder, world, rows)));
        }
        if (folder != null) {
          folder.keep();
        }
        report(
            new SynthReport(
                trueFeatures,
                width,
                dictionary,
                training.steps(),
                training.batch(),
                samples,
                judged,
                (System.nanoTime() - start) / 1e9),
            backend);
      }
    }
    return 0;
  }

  private List<Task> tasks() {
    List<Task> tasks = new ArrayList<>();
    for (Architecture architecture : architectures()) {
      Map<String, String> settings = new TreeMap<>();
      boolean fixed = architecture.settings().contains(Setting.K);
      if (fixed) {
        settings.put(Setting.K.name(), Integer.toString(l0));
      }
      TrainingOptions.Builder options =
          TrainingOptions.builder(new SaeOptions(architecture.name(), dictionary, settings))
              .steps(training.steps())
              .batch(training.batch())
              .learningRate(training.learningRate())
              .learningRateDecaySteps(training.steps() / 5)
              .seed(training.seed());
      tasks.add(new Task(fixed ? options.build() : options.targetL0(l0).build(), 0));
    }
    return tasks;
  }

  private List<Architecture> architectures() {
    if (names.isEmpty()) {
      return Architectures.all().stream()
          .filter(each -> ArchitectureName.fitsOneHook(each.name()))
          .toList();
    }
    return names.stream().map(Architectures::named).toList();
  }

  private boolean train(StreamTrainer trainer, Interruption interruption) {
    ProgressLine progress = new ProgressLine(console, "training", "steps", training.steps(), 0);
    try {
      while (!trainer.finished()) {
        if (interruption.requested()) {
          console.say("stopped after step %d of %d".formatted(trainer.steps(), training.steps()));
          return false;
        }
        trainer.step();
        progress.add(1);
      }
    } finally {
      progress.end();
    }
    return true;
  }

  private @Nullable OutputFolder folder() throws IOException {
    return out == null ? null : OutputFolder.own(out, Version.claimant("sae synth"));
  }

  private TruthMetrics judge(
      Learner learner, @Nullable OutputFolder folder, SyntheticWorld world, long first)
      throws IOException {
    Sae sae = learner.trained();
    if (folder != null) {
      SaeFiles.save(folder.entry(sae.architecture()), sae, Origin.UNKNOWN);
    }
    return TruthMetrics.of(sae, world, first, samples, Math.min(samples, BATCH_OF_EVALUATION));
  }

  private void report(SynthReport report, Backend backend) {
    if (json.given()) {
      console.print(Json.line(report.asJson(l0, backend.name())));
    } else {
      report.printTo(console);
    }
  }
}
