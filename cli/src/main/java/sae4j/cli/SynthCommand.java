package sae4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.activations.synthetic.SyntheticWorld;
import sae4j.activations.synthetic.WorldSettings;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Interruption;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.Table;
import sae4j.evaluation.synthetic.TruthMetrics;
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
      "Features are frequent and rare (Zipf), correlated, in hierarchies, and exclude their"
          + " siblings, as in SynthSAEBench (arXiv 2602.14687). All SAEs see the same activations"
          + " and are brought to the same number of active features."
    },
    footer = {
      "",
      "F1: how well a latent tells when the feature that it is most parallel to is present. MCC:"
          + " mean |cos| of latents with features, paired one to one. Unique: different features"
          + " among those that latents are most parallel to.",
      "",
      "Example:",
      "  sae synth --steps 2000 --architectures relu,topk,matryoshka"
    })
final class SynthCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;
  private static final int BATCH_OF_EVALUATION = 1000;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--features",
      paramLabel = "G",
      defaultValue = "1024",
      description = "True features (default: ${DEFAULT-VALUE}).")
  private int features;

  @Option(
      names = "--d-model",
      paramLabel = "D",
      defaultValue = "128",
      description = "Width of the activations (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--width",
      paramLabel = "F",
      defaultValue = "512",
      description = "Features of each SAE (default: ${DEFAULT-VALUE}).")
  private int dictionary;

  @Option(
      names = {"--target-l0", "--k"},
      paramLabel = "N",
      defaultValue = "5",
      description = "Active features a row that every SAE is to have (default: ${DEFAULT-VALUE}).")
  private int l0;

  @Option(
      names = "--architectures",
      paramLabel = "NAMES",
      split = ",",
      description = "Which, with commas between (default: all that reconstruct what they read).")
  private List<String> names = List.of();

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Optimiser steps (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "512",
      description = "Rows a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      defaultValue = "0.001",
      description = "Learning rate of Adam (default: ${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "50000",
      description = "Fresh rows to judge by (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Decides world, rows and weights (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder that gets every SAE, each in a folder of its architecture's name.")
  private @Nullable Path out;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  SynthCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Parameters.require(spec, features >= 2, "--features", features, "it must be 2 or more");
    Parameters.require(spec, width >= 2, "--d-model", width, "it must be 2 or more");
    Parameters.require(spec, dictionary >= 1, "--width", dictionary, "it must be 1 or more");
    Parameters.require(
        spec,
        l0 >= 1 && l0 <= dictionary,
        "--target-l0",
        l0,
        "it must be from 1 to the features of the SAEs, " + dictionary);
    Parameters.require(spec, steps >= 1, "--steps", steps, "it must be 1 or more");
    Parameters.require(spec, batch >= 1, "--batch", batch, "it must be 1 or more");
    Parameters.require(
        spec,
        Double.isFinite(learningRate) && learningRate > 0,
        "--lr",
        learningRate,
        "it must be more than 0");
    Parameters.require(spec, samples >= 1, "--samples", samples, "it must be 1 or more");
    List<Task> tasks = tasks();
    long start = System.nanoTime();
    SyntheticWorld world = new SyntheticWorld(WorldSettings.standard(features, width, seed));
    try (Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      long rows = (long) steps * batch;
      try (ActivationStream stream =
          new ShuffledStream(List.of(world.activations(0, rows)), seed, batch)) {
        StreamTrainer trainer = new StreamTrainer(stream, tasks, backend);
        if (!train(trainer, interruption)) {
          return INTERRUPTED;
        }
        List<TruthMetrics> measured = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
          measured.add(judge(trainer.learners().get(i), world, rows));
        }
        report(tasks, measured, backend, (System.nanoTime() - start) / 1e9);
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
              .steps(steps)
              .batch(batch)
              .learningRate(learningRate)
              .learningRateDecaySteps(steps / 5)
              .seed(seed);
      tasks.add(new Task(fixed ? options.build() : options.targetL0(l0).build(), 0));
    }
    return tasks;
  }

  private List<Architecture> architectures() {
    if (names.isEmpty()) {
      return Architectures.all().stream().filter(SynthCommand::fitsOneHook).toList();
    }
    try {
      List<Architecture> chosen = names.stream().map(Architectures::named).toList();
      for (Architecture architecture : chosen) {
        Parameters.require(
            spec,
            fitsOneHook(architecture),
            "--architectures",
            architecture.name(),
            "leave it out: it needs other hook points, and there is one");
      }
      return chosen;
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(), "--architectures: " + unknown.getMessage(), unknown);
    }
  }

  private static boolean fitsOneHook(Architecture architecture) {
    return architecture.reconstructsInput() && !architecture.readsSeveralHooks();
  }

  private boolean train(StreamTrainer trainer, Interruption interruption) {
    ProgressLine progress = new ProgressLine(console, "training", "steps", steps, 0);
    try {
      while (!trainer.finished()) {
        if (interruption.requested()) {
          console.say("stopped after step %d of %d".formatted(trainer.steps(), steps));
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

  private TruthMetrics judge(Learner learner, SyntheticWorld world, long first) throws IOException {
    Sae sae = learner.trained();
    if (out != null) {
      SaeFiles.save(out.resolve(sae.architecture()), sae, Origin.UNKNOWN);
    }
    return TruthMetrics.of(sae, world, first, samples, Math.min(samples, BATCH_OF_EVALUATION));
  }

  private void report(
      List<Task> tasks, List<TruthMetrics> measured, Backend backend, double seconds) {
    if (json) {
      ObjectNode result = Json.object().put("backend", backend.name());
      result.put("features", features).put("d_model", width).put("width", dictionary);
      result.put("target_l0", l0).put("steps", steps).put("batch", batch).put("samples", samples);
      Json.put(result, "true_l0", measured.getFirst().trueL0());
      ArrayNode saes = result.putArray("saes");
      for (int i = 0; i < tasks.size(); i++) {
        TruthMetrics truth = measured.get(i);
        ObjectNode each =
            saes.addObject().put("architecture", tasks.get(i).options().sae().architecture());
        Json.put(each, "f1", truth.f1());
        Json.put(each, "precision", truth.precision());
        Json.put(each, "recall", truth.recall());
        Json.put(each, "mcc", truth.mcc());
        Json.put(each, "mmcs", truth.mmcs());
        Json.put(each, "uniqueness", truth.uniqueness());
        Json.put(each, "explained_variance", truth.reconstruction().explainedVariance());
        Json.put(each, "l0", truth.reconstruction().l0());
        Json.put(each, "l2_ratio", truth.reconstruction().l2Ratio());
        Json.put(each, "dead_fraction", truth.reconstruction().deadFraction());
      }
      Json.put(result, "seconds", seconds);
      console.print(Json.line(result));
      return;
    }
    Table table =
        Table.withColumns(
            "architecture",
            ">F1",
            ">precision",
            ">recall",
            ">MCC",
            ">MMCS",
            ">unique",
            ">expl. variance",
            ">L0",
            ">dead");
    for (int i = 0; i < tasks.size(); i++) {
      TruthMetrics truth = measured.get(i);
      table.row(
          tasks.get(i).options().sae().architecture(),
          "%.4f".formatted(truth.f1()),
          "%.4f".formatted(truth.precision()),
          "%.4f".formatted(truth.recall()),
          "%.4f".formatted(truth.mcc()),
          "%.4f".formatted(truth.mmcs()),
          "%.4f".formatted(truth.uniqueness()),
          "%.4f".formatted(truth.reconstruction().explainedVariance()),
          "%.1f".formatted(truth.reconstruction().l0()),
          "%.1f %%".formatted(100 * truth.reconstruction().deadFraction()));
    }
    table.printTo(console.out());
    console.say(
        "%,d true features, %.1f of them in a row, %d wide; SAEs of %,d features; %,d rows seen,"
                .formatted(
                    features, measured.getFirst().trueL0(), width, dictionary, (long) steps * batch)
            + " judged by %,d others; %.0f s".formatted(samples, seconds));
  }
}
