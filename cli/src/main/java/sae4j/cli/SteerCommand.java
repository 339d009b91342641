package sae4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.evaluation.splice.FeatureEdit;
import sae4j.evaluation.splice.FeatureIntervention;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.Sampling;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `sae steer`: what a language model writes when features are changed.
@Command(
    name = "steer",
    sortOptions = false,
    description = {
      "Let a language model write on after a prompt, once as it is and once with features of an SAE"
          + " changed in every token's activations.",
      ""
    },
    footer = {
      "",
      "Several features of an SAE change together; with several --sae, each followed by its own"
          + " --feature, --clamp and --ablate, several layers do.",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae steer --sae demo --feature 5 --scale 8 --prompt 'public int size() {'",
      "  sae steer --sae demo --feature 5:8 --ablate 17 --clamp 3:2.5 --temperature 0.8 --seed 7"
          + " --prompt 'public int size() {'"
    })
final class SteerCommand implements Callable<Integer> {
  private static final Pattern NUMBERED = Pattern.compile("(\\d{1,9})(?::(\\S+))?");

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  /// An SAE and what is changed in it.
  static final class Steered {
    @Option(
        names = "--sae",
        paramLabel = "DIR",
        required = true,
        description = "Folder of a trained SAE; may be given again for another layer.")
    private Path folder = Path.of("");

    @Option(
        names = "--hook",
        paramLabel = "NAME",
        description = "Where in the model it goes (default: where it was trained).")
    private @Nullable String hook;

    @Option(
        names = "--feature",
        paramLabel = "N[:X]",
        description =
            "Add X times the feature's decoder vector, as the article does; without X it is"
                + " --scale.")
    private List<String> added = new ArrayList<>();

    @Option(
        names = "--clamp",
        paramLabel = "N:V",
        description =
            "Set the feature's activation to V and leave all that the SAE does not explain.")
    private List<String> clamped = new ArrayList<>();

    @Option(
        names = "--ablate",
        paramLabel = "N",
        description = "Set the feature's activation to 0 likewise.")
    private List<String> ablated = new ArrayList<>();
  }

  @ArgGroup(exclusive = false, multiplicity = "1..*")
  private List<Steered> steered = new ArrayList<>();

  @Option(
      names = "--scale",
      paramLabel = "X",
      description = "What the decoder vector of each --feature without an X is multiplied with.")
  private @Nullable Double scale;

  @Mixin private ModelOption modelOption = new ModelOption();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "What the model continues; it stands at the start of a document.")
  private String prompt = "";

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "60",
      description = "Tokens to write (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      defaultValue = "0",
      description =
          "0 takes the likeliest token each time; above, tokens are drawn from softmax(logits / X)"
              + " (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Decides the draws; both texts use the same (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  SteerCommand(Console console) {
    this.console = console;
  }

  /// An SAE that was loaded, where it goes, and what is changed.
  private record Layer(
      Path folder, SaeFiles.Loaded loaded, HookPoint hook, List<FeatureEdit> edits) {}

  @Override
  public Integer call() throws IOException {
    Parameters.require(spec, maxTokens >= 1, "--max-tokens", maxTokens, "it must be 1 or more");
    Parameters.require(
        spec,
        temperature >= 0 && Double.isFinite(temperature),
        "--temperature",
        temperature,
        "it must be 0 or more");
    List<List<FeatureEdit>> edits = steered.stream().map(this::edits).toList();
    try (Backend backend = backendOption.open(console)) {
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < steered.size(); i++) {
        layers.add(layer(steered.get(i), edits.get(i), backend));
      }
      try (LanguageModel model = modelOption.open(layers.getFirst().loaded.origin())) {
        List<Intervention> interventions = new ArrayList<>();
        for (Layer layer : layers) {
          requireWidth(layer, model);
          interventions.add(
              new FeatureIntervention(layer.loaded.sae(), layer.edits).at(layer.hook));
        }
        Sampling sampling = new Sampling(maxTokens, temperature, seed);
        String plain = model.generate(prompt, sampling, List.of());
        String changed = model.generate(prompt, sampling, interventions);
        if (json) {
          console.print(Json.line(asJson(model, layers, plain, changed)));
        } else {
          new SideBySide("plain", "steered", console.columns())
              .print(plain, changed, console.out());
        }
      }
    }
    return 0;
  }

  private List<FeatureEdit> edits(Steered one) {
    List<FeatureEdit> edits = new ArrayList<>();
    for (String text : one.added) {
      edits.add(new FeatureEdit.Add(feature("--feature", text), amount("--feature", text, scale)));
    }
    for (String text : one.clamped) {
      edits.add(new FeatureEdit.Clamp(feature("--clamp", text), amount("--clamp", text, null)));
    }
    for (String text : one.ablated) {
      Parameters.require(
          spec, !text.contains(":"), "--ablate", text, "give the number of a feature alone");
      edits.add(FeatureEdit.ablation(feature("--ablate", text)));
    }
    if (edits.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "nothing is changed in --sae "
              + one.folder
              + "; give --feature N:X, --clamp N:V or --ablate N behind it");
    }
    return edits;
  }

  private int feature(String option, String text) {
    Matcher numbered = NUMBERED.matcher(text);
    Parameters.require(
        spec, numbered.matches(), option, text, "write the feature's number and a number, as 5:8");
    return Integer.parseInt(numbered.group(1));
  }

  private double amount(String option, String text, @Nullable Double otherwise) {
    int colon = text.indexOf(':');
    double amount = Double.NaN;
    try {
      amount =
          colon >= 0
              ? Double.parseDouble(text.substring(colon + 1))
              : otherwise == null ? Double.NaN : otherwise;
    } catch (NumberFormatException notANumber) {
      // refused below, like everything that is not finite
    }
    Parameters.require(
        spec,
        Double.isFinite(amount),
        option,
        text,
        option.equals("--feature")
            ? "say how much: a finite number behind a colon, or --scale X"
            : "say to what: a finite number behind a colon");
    return amount;
  }

  private Layer layer(Steered one, List<FeatureEdit> edits, Backend backend) throws IOException {
    SaeFiles.Loaded loaded = SaeFiles.load(one.folder, backend);
    String hook = one.hook == null ? loaded.origin().hookName() : one.hook;
    if (hook == null) {
      throw new ParameterException(
          spec.commandLine(),
          "the SAE in %s does not say where it was trained; give --hook behind it"
              .formatted(one.folder));
    }
    for (FeatureEdit edit : edits) {
      int last = loaded.sae().dictSize() - 1;
      Parameters.require(
          spec,
          edit.feature() <= last,
          "a feature",
          edit.feature(),
          "the SAE in %s has features 0 to %d".formatted(one.folder, last));
    }
    return new Layer(one.folder, loaded, HookOption.parse(spec, "--hook", hook), edits);
  }

  private static void requireWidth(Layer layer, LanguageModel model) {
    if (layer.loaded.sae().activationDim() != model.modelWidth()) {
      throw new Failure(
          "%s: the SAE takes activations of width %d, but those of %s have %d; choose the model it was trained on"
              .formatted(
                  layer.folder,
                  layer.loaded.sae().activationDim(),
                  model.name(),
                  model.modelWidth()));
    }
  }

  private ObjectNode asJson(LanguageModel model, List<Layer> layers, String plain, String changed) {
    ObjectNode all = Json.object().put("model", model.name()).put("prompt", prompt);
    all.put("plain", plain).put("steered", changed);
    ArrayNode interventions = all.putArray("interventions");
    for (Layer layer : layers) {
      for (FeatureEdit edit : layer.edits) {
        ObjectNode each =
            interventions
                .addObject()
                .put("sae", layer.folder.toString())
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
