// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.inputs.SaeFile;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.FeatureAmount;
import sae4j.cli.options.types.HookPointName;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.SideBySide;
import sae4j.evaluation.splice.FeatureEdit;
import sae4j.evaluation.splice.FeatureIntervention;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.Sampling;
import sae4j.models.WellFormedText;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;

/// `sae steer`: what a language model writes when features are changed.
@Command(
    name = "steer",
    sortOptions = false,
    description = {
      "Let a language model continue a prompt twice: once as it is, and once with features of an"
          + " SAE changed in the activations of every token.",
      ""
    },
    footer = {
      "",
      "All changes of an SAE are made together. To change several layers, give several --sae, and"
          + " behind each its own --feature, --clamp and --ablate.",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae steer --sae demo --feature 5 --scale 8 --prompt 'public int size() {'",
      "  sae steer --sae demo --feature 5:8 --ablate 17 --clamp 3:2.5 --temperature 0.8 --seed 7"
          + " --prompt 'public int size() {'"
    })
public final class SteerCommand implements Callable<Integer>, Checked {
  private static final Applicability OPTIONS =
      Applicability.table()
          .only(
              new Condition(
                  given -> !given.word("--temperature").equals("0.0"),
                  "it needs a --temperature above 0: else nothing is drawn"),
              "--seed");

  private static final String GIVEN_BEFORE = "this feature has a value already; give it one";

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  /// An SAE and what is changed in it.
  static final class Steered {
    @Option(
        names = "--sae",
        paramLabel = "PATH",
        required = true,
        description =
            "A trained SAE. Give it again, with changes of its own, to steer at another layer too.")
    private Path path = Path.of("");

    @Option(
        names = HookOption.NAME,
        paramLabel = "NAME",
        converter = HookPointName.class,
        description = HookOption.MEANING + " (default: the one that the SAE was trained at).")
    private @Nullable HookPoint hook;

    @Option(
        names = "--feature",
        paramLabel = "N[:X]",
        converter = FeatureAmount.Added.class,
        description =
            "Add the decoder vector of feature N, times X, to the activations, as the article does"
                + " (default for X: --scale).")
    private List<FeatureAmount> added = new ArrayList<>();

    @Option(
        names = "--clamp",
        paramLabel = "N:V",
        converter = FeatureAmount.Clamped.class,
        description =
            "Set the activation of feature N to V. What the SAE does not reconstruct stays as it"
                + " is.")
    private List<FeatureAmount> clamped = new ArrayList<>();

    @Option(
        names = "--ablate",
        paramLabel = "N",
        converter = FeatureAmount.Ablated.class,
        description = "Set the activation of feature N to 0, in the same way.")
    private List<FeatureAmount> ablated = new ArrayList<>();
  }

  @ArgGroup(exclusive = false, multiplicity = "1..*")
  private List<Steered> steered = new ArrayList<>();

  @Option(
      names = "--scale",
      paramLabel = "X",
      converter = Numbers.Finite.class,
      description = "The factor X of every --feature that has none.")
  private @Nullable Double scale;

  @Mixin private ModelOption.OfSae modelOption = new ModelOption.OfSae();
  @Mixin private MismatchOption mismatch = new MismatchOption();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "The text that the model continues. It begins a document.")
  private String prompt = "";

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      defaultValue = "60",
      description = "Tokens to write (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "0",
      description =
          "With 0, the model writes the likeliest token each time. With more, tokens are drawn from"
              + " softmax(logits / X) (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--seed",
      paramLabel = "S",
      converter = Numbers.Seed.class,
      defaultValue = "0",
      description = "The seed of the draws, the same for both texts (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public SteerCommand(Console console) {
    this.console = console;
  }

  /// An SAE that was loaded, where it goes, and what is changed.
  private record Layer(
      Path path, SaeFiles.Loaded loaded, HookPoint hook, List<FeatureEdit> edits) {}

  @Override
  public void check(Given given) {
    OPTIONS.check(given);
    steered.forEach(this::edits);
    steered.forEach(this::requireOneValueEach);
    given.require(
        scale == null
            || steered.stream()
                .flatMap(one -> one.added.stream())
                .anyMatch(each -> each.amount() == null),
        "--scale",
        String.valueOf(scale),
        "no --feature is without a factor of its own; leave it out");
  }

  /// Values of one feature would contradict each other; vectors that are added do not.
  private void requireOneValueEach(Steered one) {
    Set<Integer> seen = new HashSet<>();
    for (FeatureAmount each : one.clamped) {
      Refusal.unless(seen.add(each.feature()), spec, "--clamp", each, GIVEN_BEFORE);
    }
    for (FeatureAmount each : one.ablated) {
      Refusal.unless(seen.add(each.feature()), spec, "--ablate", each, GIVEN_BEFORE);
    }
  }

  @Override
  public Integer call() throws IOException {
    List<List<FeatureEdit>> edits = steered.stream().map(this::edits).toList();
    try (Backend backend = backendOption.open(console)) {
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < steered.size(); i++) {
        layers.add(layer(steered.get(i), edits.get(i), backend));
      }
      try (LanguageModel model = model(layers)) {
        List<Intervention> interventions = new ArrayList<>();
        for (Layer layer : layers) {
          requireWidth(layer, model);
          interventions.add(
              new FeatureIntervention(layer.loaded.sae(), layer.edits).at(layer.hook));
        }
        Sampling sampling = new Sampling(maxTokens, temperature, seed);
        String typed = WellFormedText.of(prompt);
        requireRoom(model, model.tokenizer().encodeDocument(typed).size());
        String plain = model.generate(typed, sampling, List.of());
        String changed = model.generate(typed, sampling, interventions);
        if (json.given()) {
          console.print(Json.line(asJson(model, layers, plain, changed)));
        } else {
          new SideBySide("plain", "steered", console.columns())
              .print(plain, changed, console.out());
        }
      }
    }
    return 0;
  }

  /// @param tokens of the prompt
  private void requireRoom(LanguageModel model, int tokens) {
    int context = model.contextLength();
    Refusal.unless(
        tokens > 0,
        spec,
        "--prompt",
        "without a token for the model",
        "give a text that it has tokens for");
    Refusal.unless(
        tokens <= context,
        spec,
        "--prompt",
        "%,d tokens long".formatted(tokens),
        "%s reads at most %,d: give a shorter text".formatted(model.name(), context));
    int room = context - tokens + 1;
    if (maxTokens > room) {
      console.say(
          "the texts end after %,d tokens, where the model's context of %,d is full"
              .formatted(room, context));
    }
  }

  /// The model as the SAEs were trained to read it.
  private LanguageModel model(List<Layer> layers) throws IOException {
    Origin first = layers.getFirst().loaded.origin();
    for (Layer layer : layers) {
      if (layer.loaded.origin().centred() != first.centred()) {
        throw new Failure(
            ("%s: was trained on a model with centred weights, or those before it were, but"
                    + " not both; steer with them one at a time")
                .formatted(layer.path));
      }
    }
    LanguageModel model = modelOption.open(first);
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      boolean centre = i == 0 && first.centred();
      SaeFiles.Loaded loaded = layer.loaded.from(layer.loaded.origin().centred(centre));
      model = mismatch.model(console, loaded, model, layer.hook, null);
    }
    return model;
  }

  private List<FeatureEdit> edits(Steered one) {
    List<FeatureEdit> edits = new ArrayList<>();
    for (FeatureAmount each : one.added) {
      Double amount = each.amount() == null ? scale : each.amount();
      if (amount == null) {
        throw new ParameterException(
            spec.commandLine(), "--feature is %s; %s".formatted(each, FeatureAmount.Added.REMEDY));
      }
      edits.add(new FeatureEdit.Add(each.feature(), amount));
    }
    for (FeatureAmount each : one.clamped) {
      edits.add(new FeatureEdit.Clamp(each.feature(), each.amount() == null ? 0 : each.amount()));
    }
    for (FeatureAmount each : one.ablated) {
      edits.add(FeatureEdit.ablation(each.feature()));
    }
    if (edits.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "nothing is changed in --sae "
              + one.path
              + "; give --feature N:X, --clamp N:V or --ablate N behind it");
    }
    return edits;
  }

  private Layer layer(Steered one, List<FeatureEdit> edits, Backend backend) throws IOException {
    SaeFiles.Loaded loaded =
        SaeFiles.loaded(one.path, SaeFile.of(console, one.path).read(), backend);
    console.sayAssumed(one.path, loaded.assumptions());
    SaeOption.requireOneHook(one.path, loaded.sae().hooks());
    if (!loaded.sae().hooks().reconstructsInput()) {
      throw new Failure(
          ("%s: is a transcoder, which reads one hook point and writes to another; steer with an"
                  + " SAE that reconstructs what it reads")
              .formatted(one.path));
    }
    String trainedAt = loaded.origin().hookName();
    if (one.hook == null && trainedAt == null) {
      throw new ParameterException(
          spec.commandLine(),
          "the SAE in %s does not say where it was trained; give --hook behind it"
              .formatted(one.path));
    }
    requireFeatures("--feature", one.added, one, loaded.sae());
    requireFeatures("--clamp", one.clamped, one, loaded.sae());
    requireFeatures("--ablate", one.ablated, one, loaded.sae());
    HookPoint hook =
        one.hook != null ? one.hook : SaeOption.hook(one.path, String.valueOf(trainedAt));
    return new Layer(one.path, loaded, hook, edits);
  }

  private void requireFeatures(String option, List<FeatureAmount> amounts, Steered of, Sae sae) {
    int last = sae.dictSize() - 1;
    for (FeatureAmount each : amounts) {
      Refusal.unless(
          each.feature() <= last,
          spec,
          option,
          each,
          "the SAE in %s has features 0 to %d".formatted(of.path, last));
    }
  }

  private static void requireWidth(Layer layer, LanguageModel model) {
    if (layer.loaded.sae().activationDim() != model.width(layer.hook)) {
      throw new Failure(
          ("%s: the SAE takes activations of width %d, but those of %s have %d; choose the model it"
                  + " was trained on")
              .formatted(
                  layer.path,
                  layer.loaded.sae().activationDim(),
                  model.name(),
                  model.width(layer.hook)));
    }
  }

  private ObjectNode asJson(LanguageModel model, List<Layer> layers, String plain, String changed) {
    ObjectNode all =
        Json.object().put("model", model.name()).put("prompt", WellFormedText.of(prompt));
    all.put("plain", plain).put("steered", changed);
    ArrayNode interventions = all.putArray("interventions");
    for (Layer layer : layers) {
      for (FeatureEdit edit : layer.edits) {
        ObjectNode each =
            interventions
                .addObject()
                .put("sae", layer.path.toString())
                .put("hook", layer.hook.name())
                .put("feature", edit.feature());
        switch (edit) {
          case FeatureEdit.Add(_, double amount) -> each.put("add", amount);
          case FeatureEdit.Clamp(_, double value) -> each.put("clamp", value);
        }
      }
    }
    return all;
  }
}
