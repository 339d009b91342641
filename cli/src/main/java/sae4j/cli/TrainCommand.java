package sae4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.NonFiniteActivationException;
import sae4j.tensor.Backend;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;
import sae4j.training.files.SaeFiles;

/// `sae train`: an SAE from a file of activations.
@Command(
    name = "train",
    sortOptions = false,
    description = "Train an SAE on activations, from a file or captured from a language model.",
    footer = {
      "",
      "The folder --out gets checkpoint.safetensors (at most every --checkpoint-every seconds),"
          + " run.json (options, machine, metrics) and in the end cfg.json and"
          + " sae_weights.safetensors, which SAELens 6 reads. Ctrl-C saves before it stops.",
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae train --activations toy/activations.safetensors --features 8 --l1 0.3 --steps 500"
          + " --out toy/trained",
      "  sae train --resume --steps 1000 --out toy/trained",
      "      the toy's activations, an SAE trained on them, and the same run carried on",
      "",
      "  sae capture --hook blocks.2.hook_resid_post --max-tokens 200000 --out captured",
      "  sae train --activations captured --architecture topk --features 1024 --out trained",
      "      what a language model makes of Java text, and an SAE of that"
    })
final class TrainCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private HookOption hookOption = new HookOption();
  @Mixin private TrainingParameters parameters = new TrainingParameters();
  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the run and the trained SAE.")
  private Path out = Path.of("");

  @Option(
      names = "--resume",
      description =
          "Continue the run in --out from its checkpoint. Options that are not given again are"
              + " those it began with.")
  private boolean resume;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "The least time between two checkpoints (default: ${DEFAULT-VALUE}).")
  private double checkpointSeconds;

  @Option(names = "--json", description = "Print one JSON object with the result.")
  private boolean json;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    RunFolder folder = resume ? RunFolder.ofRun(out) : RunFolder.forNewRun(out);
    if (resume) {
      parseAgainWith(folder.recordedOptions());
    }
    Parameters.require(
        spec,
        checkpointSeconds >= 0 && checkpointSeconds < 1e9,
        "--checkpoint-every",
        checkpointSeconds,
        "it must be 0 or more");
    Path file = activations.file();
    try (GivenActivations given = activations.open(hookOption.given())) {
      TrainingOptions options = parameters.options(given.width());
      try (Backend backend = backendOption.open(console);
          Interruption interruption = new Interruption()) {
        return train(folder, file, given, options, backend, interruption);
      }
    }
  }

  /// What was given on the command line stays; the recorded options take the place of the defaults.
  private void parseAgainWith(Map<String, String> recorded) {
    CommandLine commandLine = spec.commandLine();
    List<String> given = spec.root().commandLine().getParseResult().expandedArgs();
    boolean expansionGiven = commandLine.getParseResult().hasMatchedOption("--expansion");
    commandLine.setDefaultValueProvider(
        argument ->
            argument instanceof OptionSpec option
                    && !(expansionGiven && option.longestName().equals("--features"))
                ? recorded.get(option.longestName())
                : null);
    commandLine.parseArgs(
        given.subList(given.indexOf(spec.name()) + 1, given.size()).toArray(String[]::new));
  }

  private int train(
      RunFolder folder,
      Path file,
      GivenActivations given,
      TrainingOptions options,
      Backend backend,
      Interruption interruption)
      throws IOException {
    Map<String, String> recorded = optionsToRecord(options, file, given, backend);
    ObjectNode about = about(given, backend);
    TrainingRun run =
        new TrainingRun(
            console, folder, options, Duration.ofMillis(Math.round(checkpointSeconds * 1000)));
    try {
      Trainer trainer = begin(folder, given, options, backend);
      folder.create();
      folder.record(recorded, about.put("state", "running"));
      TrainingRun.Outcome outcome = run.train(trainer, interruption);
      about.set("metrics", outcome.metrics());
      if (!outcome.finished()) {
        folder.record(recorded, about.put("state", "interrupted"));
        console.say(
            "stopped after step %d of %d; to continue: sae train --resume --out %s"
                .formatted(trainer.steps(), options.steps(), out));
        return INTERRUPTED;
      }
      folder.writing(
          () -> SaeFiles.save(folder.path(), trainer.sae(), trainer.scale(), given.origin()));
      folder.record(recorded, about.put("state", "finished"));
      folder.writing(() -> trainer.saveCheckpoint(folder.checkpoint()));
      report(outcome.metrics(), backend);
      return 0;
    } catch (NonFiniteActivationException nonFinite) {
      folder.abandon();
      throw new Failure(file + ": " + nonFinite.getMessage(), nonFinite);
    } catch (Throwable failure) {
      folder.abandon();
      throw failure;
    }
  }

  private Trainer begin(
      RunFolder folder, GivenActivations given, TrainingOptions options, Backend backend)
      throws IOException {
    console.say(
        "activations %s: %,d tokens, %d wide; %s SAE with %,d features"
            .formatted(
                given.description(),
                given.rows(),
                given.width(),
                options.sae().architecture(),
                options.sae().features()));
    if (!resume || !folder.hasCheckpoint()) {
      if (resume) {
        console.say(
            "the run in %s ended before its first checkpoint: it begins again".formatted(out));
      }
      return new Trainer(given, options, backend);
    }
    Trainer trainer = Trainer.resume(given, options, backend, folder.checkpoint());
    if (trainer.finished()) {
      throw new Failure(
          "%s: the run is finished, with %d steps; to go on, give more than that with --steps"
              .formatted(out, trainer.steps()));
    }
    console.say("continuing after step %d".formatted(trainer.steps()));
    return trainer;
  }

  /// All that `--resume` needs in order not to ask again.
  private Map<String, String> optionsToRecord(
      TrainingOptions options, Path file, GivenActivations given, Backend backend) {
    Map<String, String> recorded = new LinkedHashMap<>();
    recorded.put("--activations", file.toAbsolutePath().normalize().toString());
    recorded.putAll(given.choice());
    recorded.put("--backend", backend.name());
    for (OptionSpec option : spec.options()) {
      Object value = option.getValue();
      boolean ofThisRun =
          List.of(
                  "--out",
                  "--resume",
                  "--json",
                  "--help",
                  "--version",
                  "--stacktrace",
                  "--expansion")
              .contains(option.longestName());
      if (value != null && !ofThisRun) {
        recorded.putIfAbsent(option.longestName(), value.toString());
      }
    }
    recorded.put("--features", Integer.toString(options.sae().features()));
    return recorded;
  }

  private static ObjectNode about(GivenActivations given, Backend backend) {
    ObjectNode about = Json.object();
    about.put("sae4j", Version.number());
    about.put("began", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    about.put("tokens", given.rows());
    about.put("width", given.width());
    about.put("backend", backend.name());
    about.put("backend_description", backend.description());
    about.set("machine", Machine.describe());
    return about;
  }

  private void report(ObjectNode metrics, Backend backend) {
    if (json) {
      ObjectNode result = Json.object().put("backend", backend.name()).put("out", out.toString());
      result.setAll(metrics);
      console.print(Json.line(result));
    } else {
      console.print(out.toString());
      console.say(
          "saved in %s; to look at it: sae eval --sae %s --activations %s"
              .formatted(out, out, activations.file()));
    }
  }
}
