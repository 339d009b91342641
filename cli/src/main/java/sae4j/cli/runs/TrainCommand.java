// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.capture.CapturedShards;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.TargetHookOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.rules.TakesFurther;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Version;
import sae4j.files.output.OutputFolder;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.tensor.Backend;
import sae4j.training.Task;
import sae4j.training.TrainingOptions;
import sae4j.training.endtoend.EndToEnd;

/// `sae train`: one SAE or several, from stored activations or from a language model.
@Command(
    name = "train",
    sortOptions = false,
    description =
        "Train SAEs on stored activations, or on activations that a language model computes as they"
            + " train.",
    footer = {
      "",
      "The folder --out gets checkpoint.safetensors (at most every --checkpoint-every seconds),"
          + " run.json (options, machine, metrics) and, at the end, cfg.json and"
          + " sae_weights.safetensors, which SAELens 6 reads. A transcoder with a top-k is written"
          + " as sae.safetensors, which sparsify reads. Ctrl-C saves a checkpoint before it stops.",
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
      "      what a language model makes of Java text, and an SAE of that",
      "",
      "  sae train --model java-gpt2-tiny --hook blocks.2.hook_resid_post --architecture topk"
          + " --features 1024 --out wide --also '--features 512 --out narrow'"
          + " --also '--hook blocks.1.hook_resid_post --k 16 --out early'",
      "      three SAEs from one reading of the text, without a disk",
      "",
      "  sae train --model java-gpt2-tiny --hook blocks.2.hook_resid_mid --target-hook"
          + " blocks.2.hook_mlp_out --architecture transcoder --features 1024 --out transcoder",
      "      what a feed-forward layer does, as features",
      "",
      "  sae train --model java-gpt2-tiny --hook blocks.2.hook_resid_post --objective e2e"
          + " --architecture topk --features 1024 --init-from wide --steps 300 --lr 0.001 --out"
          + " e2e",
      "      the first of them once more, now trained on what the model says"
    })
public final class TrainCommand implements Callable<Integer>, Checked, TakesFurther {
  /// What may be said anew of a run that goes on. What it reads is compared when it is opened.
  private static final Set<String> MAY_CHANGE =
      Set.of(
          "--also",
          "--steps",
          "--checkpoint-every",
          "--threads",
          "--backend",
          "--precision",
          "--activations",
          "--tensor",
          "--model",
          "--text");

  private static final OutputFolder.Claimant CLAIMANT = Version.claimant("sae train");

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ActivationsOptions activations = new ActivationsOptions();
  @Mixin private LiveOptions live = new LiveOptions();
  @Mixin private EndToEndOptions endToEnd = new EndToEndOptions();
  @Mixin private SaeRequest request = new SaeRequest();

  @Option(
      names = "--also",
      paramLabel = "OPTIONS",
      split = TextOption.BETWEEN,
      description =
          "Train another SAE on the same batches. OPTIONS are those in which it differs from the"
              + " first, in quotes, and an --out of its own. Repeatable.")
  private List<String> also = new ArrayList<>();

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--resume",
      description =
          "Continue the run in --out from its checkpoint. Options that are not given again keep the"
              + " values that the run began with.")
  private boolean resume;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "SECONDS",
      converter = Seconds.class,
      defaultValue = "30",
      description = "Least time between two checkpoints (default: ${DEFAULT-VALUE}).")
  private double checkpointSeconds;

  @Mixin private JsonOption json = new JsonOption();

  /// A time between checkpoints.
  static final class Seconds extends Numbers.Reals {
    private static final double LONGEST = 1e9;

    Seconds() {
      super("0 or more");
    }

    @Override
    protected boolean holds(double seconds) {
      return seconds >= 0 && seconds < LONGEST;
    }
  }

  /// @param console where it speaks
  public TrainCommand(Console console) {
    this.console = console;
  }

  /// What a run that goes on began with is known only when its record is read.
  @Override
  public void check(Given given) {
    if (!resume) {
      checkTogether(given);
    }
  }

  @Override
  public Map<String, CommandSpec> further() {
    Map<String, CommandSpec> further = new LinkedHashMap<>();
    List<SaeRequest> requests;
    try {
      requests = requests();
    } catch (ParameterException ofNoSense) {
      return further; // a run that goes on has its own, and may be refused before these are read
    }
    for (SaeRequest each : requests.subList(1, requests.size())) {
      further.put(each.asTyped(), each.spec());
    }
    return further;
  }

  private void checkTogether(Given given) {
    TrainingRules.checkRun(given);
    request.check(spec);
    requests().forEach(each -> each.targetHook(spec));
  }

  @Override
  public Integer call() throws IOException {
    try (RunFolders folders = new RunFolders()) {
      folders.add(folder(request.out()));
      return resume ? goOn(folders) : train(folders);
    }
  }

  /// Goes on with the options of the run's record, which is named with whatever is wrong with them.
  private int goOn(RunFolders folders) throws IOException {
    Path record = folders.first().recordFile();
    parseAgainWith(folders.first().recordedOptions(), record);
    try {
      checkTogether(new Given(spec));
      return train(folders);
    } catch (ParameterException wrong) {
      throw new ParameterException(
          spec.commandLine(),
          "%s (options that are not given are those in %s)".formatted(Refusal.line(wrong), record),
          wrong);
    }
  }

  private int train(RunFolders folders) throws IOException {
    List<SaeRequest> requests = requests();
    for (SaeRequest each : requests.subList(1, requests.size())) {
      RunFolder further = folder(each.out());
      folders.add(further);
      if (resume) {
        further.requirePartOf(folders.first());
      }
    }
    return train(requests, folders.all());
  }

  private int train(List<SaeRequest> requests, List<RunFolder> folders) throws IOException {
    List<@Nullable HookPoint> hooks = hooks(requests);
    try (TrainingSource source = source(hooks, requests)) {
      List<Task> tasks = new ArrayList<>();
      for (SaeRequest each : requests) {
        int read = hooks.indexOf(each.hook());
        HookPoint target = each.targetHook(spec);
        tasks.add(
            new Task(
                each.options(source.width(read)),
                read,
                target == null ? read : hooks.indexOf(target)));
      }
      requireCommon(tasks);
      try (Backend backend = backendOption.open(console);
          TrainingKind kind = kind(source, tasks, backend);
          Interruption interruption = new Interruption()) {
        TrainingSession session =
            new TrainingSession(console, source, requests, folders, tasks, kind, backend);
        return session.run(
            recorded(source, requests, backend),
            resume,
            checkpointSeconds,
            json.given(),
            interruption);
      }
    }
  }

  /// All that a continuation needs, from whatever folder it is asked for.
  private Map<String, String> recorded(
      TrainingSource source, List<SaeRequest> requests, Backend backend) {
    Map<String, String> recorded = new LinkedHashMap<>(source.choice());
    recorded.put("--backend", backend.name());
    if (requests.size() > 1) {
      recorded.put(
          "--also",
          String.join(
              TextOption.BETWEEN,
              requests.subList(1, requests.size()).stream().map(SaeRequest::asWords).toList()));
    }
    SaeRequest.valuesOf(spec).forEach(recorded::putIfAbsent);
    return recorded;
  }

  /// SAEs that train together take their steps together.
  private void requireCommon(List<Task> tasks) {
    TrainingOptions first = tasks.getFirst().options();
    for (Task task : tasks) {
      requireEqual("--batch", task.options().batch(), first.batch());
      requireEqual("--steps", task.options().steps(), first.steps());
    }
  }

  private void requireEqual(String option, long value, long first) {
    Refusal.unless(
        value == first,
        spec,
        option,
        value,
        "another SAE of the run has %d, and both need the same".formatted(first));
  }

  private RunFolder folder(Path out) throws IOException {
    return resume ? RunFolder.ofRun(out, CLAIMANT) : RunFolder.forNewRun(out, CLAIMANT);
  }

  private List<SaeRequest> requests() {
    Map<String, String> first = request.values();
    List<SaeRequest> requests = new ArrayList<>(List.of(request));
    also.forEach(words -> requests.add(SaeRequest.parse(words, first, spec)));
    List<Path> outs =
        requests.stream().map(each -> each.out().toAbsolutePath().normalize()).toList();
    for (Path out : outs) {
      if (outs.indexOf(out) != outs.lastIndexOf(out)) {
        throw new ParameterException(
            spec.commandLine(), "--out %s is given twice; each SAE needs its own".formatted(out));
      }
    }
    return requests;
  }

  /// The hook points that are read, each once: null stands for the only matrix there is.
  private List<@Nullable HookPoint> hooks(List<SaeRequest> requests) {
    List<@Nullable HookPoint> hooks =
        new ArrayList<>(requests.stream().map(SaeRequest::hook).distinct().toList());
    for (SaeRequest each : requests) {
      HookPoint target = each.targetHook(spec);
      if (target == null) {
        continue;
      }
      if (each.hook() == null) {
        throw new ParameterException(
            spec.commandLine(),
            "--hook is missing; a transcoder reads one hook point and predicts another,"
                + " --target-hook");
      }
      if (activations.given() && !CapturedShards.isCapture(activations.file())) {
        throw new ParameterException(
            spec.commandLine(),
            "--target-hook is %s, but %s has no hooks; give a folder of sae capture, or --model"
                .formatted(target, activations.file()));
      }
      if (!hooks.contains(target)) {
        hooks.add(target);
      }
    }
    return hooks;
  }

  private TrainingKind kind(TrainingSource source, List<Task> tasks, Backend backend)
      throws IOException {
    Task first = tasks.getFirst();
    int batch = first.options().batch();
    long seed = first.options().seed();
    if (!endToEnd.endToEnd()) {
      return new TrainingKind.OnActivations(source.stream(batch, seed), tasks, backend);
    }
    // the command line was checked: a model reads, and one SAE learns that reconstructs its input
    TrainingSource.Live reading = (TrainingSource.Live) source;
    EndToEnd loss = endToEnd.at(reading.hooks().getFirst(), reading.model());
    return new TrainingKind.OnOutput(
        reading, live.windows(reading.model(), batch, seed), loss, first, backend);
  }

  private TrainingSource source(List<@Nullable HookPoint> hooks, List<SaeRequest> requests)
      throws IOException {
    if (!live.given()) {
      return TrainingSource.Stored.open(activations, hooks);
    }
    List<HookPoint> named = new ArrayList<>();
    for (@Nullable HookPoint hook : hooks) {
      if (hook == null) {
        throw new ParameterException(
            spec.commandLine(), "--hook is missing; name the hook point of the model");
      }
      named.add(hook);
    }
    LanguageModel model = live.open();
    try {
      for (HookPoint hook : named) {
        boolean read = requests.stream().anyMatch(each -> hook.equals(each.hook()));
        HookOption.requireIn(model, hook, read ? HookOption.NAME : TargetHookOption.NAME, spec);
      }
    } catch (ParameterException missing) {
      model.close();
      throw missing;
    }
    return new TrainingSource.Live(model, named, live);
  }

  /// An option that cannot change is accepted with the value that the run began with.
  private void requireUnchanged(Map<String, String> recorded) {
    Map<String, String> asked = SaeRequest.valuesOf(spec);
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      String name = option.longestName();
      String value = asked.get(name);
      if (value == null || MAY_CHANGE.contains(name)) {
        continue;
      }
      String began =
          recorded.getOrDefault(name, Objects.toString(option.defaultValue(), "nothing"));
      Refusal.unless(
          value.equals(began),
          spec,
          name,
          value,
          "the run began with %s; leave it out, or begin another run".formatted(began));
    }
  }

  /// What was given on the command line stays; the recorded options take the place of the defaults.
  ///
  /// @param record where they are recorded
  /// @throws Failure if one of them cannot be
  private void parseAgainWith(Map<String, String> recorded, Path record) {
    CommandLine commandLine = spec.commandLine();
    List<String> given = spec.root().commandLine().getParseResult().expandedArgs();
    CommandLine.ParseResult result = commandLine.getParseResult();
    requireUnchanged(recorded);
    boolean sized = result.hasMatchedOption("--expansion") || result.hasMatchedOption("--features");
    commandLine.setDefaultValueProvider(
        argument ->
            argument instanceof OptionSpec option
                    && !(sized && option.longestName().matches("--(features|expansion)"))
                ? recorded.get(option.longestName())
                : null);
    try {
      commandLine.parseArgs(
          given.subList(given.indexOf(spec.name()) + 1, given.size()).toArray(String[]::new));
    } catch (ParameterException wrong) {
      if (wrong.getArgSpec() instanceof OptionSpec option
          && !result.hasMatchedOption(option.longestName())) {
        throw new Failure(record + ": " + Refusal.line(wrong), wrong);
      }
      throw wrong;
    }
  }
}
