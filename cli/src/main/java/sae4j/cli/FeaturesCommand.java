package sae4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.GivenActivations;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.SaeInModelOptions;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ErrorLine;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Interruption;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.dashboard.ActivationSummary;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeatureName;
import sae4j.dashboard.Plan;
import sae4j.dashboard.export.NeuronpediaExport;
import sae4j.dashboard.export.Provenance;
import sae4j.dashboard.export.SaeDashboardExport;
import sae4j.dashboard.site.Description;
import sae4j.evaluation.TokensInContext;
import sae4j.evaluation.detectors.LabelledFeatures;
import sae4j.evaluation.detectors.LabelledFeatures.LabelledFeature;
import sae4j.files.FormatException;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;

/// `sae features`: a dashboard of every feature.
@Command(
    name = "features",
    sortOptions = false,
    description = {
      "Write a dashboard of an SAE's features: a site that opens from disk, with the text that"
          + " activates each feature, what it says about the next token, and which features are"
          + " like it.",
      ""
    },
    footer = {
      "",
      "The folder --out gets index.html, to be opened in a browser, and what it needs in"
          + " dashboard/. Nothing is loaded from a network. To read other text in it: sae serve",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae features --sae demo --tokens 500000 --out demo",
      "      the built-in model reads the Java sources on this machine",
      "  sae features --sae demo --activations captured --export neuronpedia --out features"
    })
final class FeaturesCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;
  private static final double DENSE = 0.1;
  private static final String NEURONPEDIA = "neuronpedia";
  private static final String SAE_DASHBOARD = "saedashboard";
  private static final List<String> FORMATS = List.of(NEURONPEDIA, SAE_DASHBOARD);

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeInModelOptions options = new SaeInModelOptions();
  @Mixin private ActivationsOptions activations = new ActivationsOptions();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "200000",
      description = "How much text the model reads (default: ${DEFAULT-VALUE}).")
  private long tokens;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description =
          "Names of features: the labels.json that sae truth writes. They are shown and searched.")
  private @Nullable Path labels;

  @Option(
      names = "--export",
      paramLabel = "FORMAT",
      arity = "1..*",
      description = {
        "Write the same data for another tool, too: neuronpedia (its importer's folders, in"
            + " DIR/neuronpedia) or saedashboard (its batch files, in DIR/saedashboard)."
      })
  private List<String> exports = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "NAME",
      description =
          "What exports call the set of SAEs that this one belongs to (default: sae4j-F, with F"
              + " features).")
  private @Nullable String set;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      description = "Title of the site (default: the name of the SAE's folder).")
  private @Nullable String title;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the site. A dashboard that is there is replaced.")
  private Path out = Path.of("");

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(names = "--json", description = "Print one JSON object with the result.")
  private boolean json;

  FeaturesCommand(Console console) {
    this.console = console;
  }

  /// The work was stopped at the user's request.
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Override
  public Integer call() throws IOException {
    Parameters.require(spec, tokens >= 1, "--tokens", tokens, "it must be 1 or more");
    Parameters.require(
        spec,
        set == null || set.matches("[A-Za-z0-9_-]+"),
        "--set",
        String.valueOf(set),
        "letters, digits, - and _ are possible");
    Parameters.require(
        spec,
        !(activations.given() && options.text().given()),
        "--activations",
        "given beside --text",
        "give one of them");
    for (String format : exports) {
      Parameters.require(
          spec, FORMATS.contains(format), "--export", format, "possible are " + FORMATS);
    }
    new DashboardFolder(out).requireRoom();
    long begun = System.nanoTime();
    try (Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      SaeFiles.Loaded loaded = SaeFiles.load(options.sae().folder(), backend);
      ObjectNode result =
          activations.given() ? ofActivations(loaded, interruption) : ofText(loaded, interruption);
      Json.put(result, "seconds", (System.nanoTime() - begun) / 1e9);
      console.say("to look at it, open %s in a browser".formatted(page()));
      console.say(
          "to read other text in it: sae serve --sae %s --dashboard %s"
              .formatted(options.sae().folder(), out));
      console.print(json ? Json.line(result) : page().toString());
      return 0;
    } catch (Stopped atRequest) {
      console.say("stopped; nothing was written");
      return INTERRUPTED;
    }
  }

  private Path page() {
    return out.resolve(DashboardFolder.PAGE);
  }

  private ObjectNode ofText(SaeFiles.Loaded loaded, Interruption interruption) throws IOException {
    DocumentSource source = options.text().source();
    HookPoint hook = options.hook().orOf(loaded.origin());
    try (LanguageModel model = options.model().open(loaded.origin())) {
      Parameters.require(
          spec,
          model.modelWidth() == loaded.sae().activationDim(),
          "--model",
          model.name(),
          "its residual stream is %d wide, the SAE takes %d; give the model it was trained on"
              .formatted(model.modelWidth(), loaded.sae().activationDim()));
      Files.createDirectories(out);
      ProgressLine progress =
          new ProgressLine(
              console,
              "%s reads %s".formatted(model.name(), source.description()),
              "tokens",
              tokens);
      StoredReading reading =
          StoredReading.of(
              loaded.sae(), model, hook, source, tokens, out, watching(progress, interruption));
      progress.end();
      return write(
          loaded.sae(),
          reading,
          new Place(model, model.name(), hook, source.description()),
          interruption);
    }
  }

  private ObjectNode ofActivations(SaeFiles.Loaded loaded, Interruption interruption)
      throws IOException {
    try (GivenActivations given = activations.openFinite(options.hook().given())) {
      TokensInContext text = given.text();
      if (text == null) {
        throw new Failure(
            "%s: does not say which text its rows stand for; give a folder that sae capture wrote"
                .formatted(activations.file()));
      }
      if (given.width() != loaded.sae().activationDim()) {
        throw new Failure(
            "%s: activations are %d wide but the SAE takes %d; use those of the hook point it was trained on"
                .formatted(activations.file(), given.width(), loaded.sae().activationDim()));
      }
      Origin origin = loaded.origin().modelName() == null ? given.origin() : loaded.origin();
      HookPoint hook = options.hook().orOf(given.origin());
      Files.createDirectories(out);
      ProgressLine progress =
          new ProgressLine(console, "encoding " + activations.file(), "tokens", given.rows());
      StoredReading reading =
          StoredReading.of(loaded.sae(), given, text, out, watching(progress, interruption));
      progress.end();
      String name = Objects.requireNonNullElse(given.origin().modelName(), "unknown");
      try (LanguageModel model = modelIfAny(origin)) {
        return write(
            loaded.sae(),
            reading,
            new Place(model, name, hook, activations.file().toString()),
            interruption);
      }
    }
  }

  /// The model for what features say about the next token. Captured activations do not need it for
  /// anything else, so where nobody asked for it, it may be missing.
  private @Nullable LanguageModel modelIfAny(Origin origin) throws IOException {
    if (options.model().given()) {
      return options.model().open(origin);
    }
    try {
      return origin.modelName() == null ? null : options.model().open(origin);
    } catch (IOException | IllegalArgumentException | IllegalStateException missing) {
      console.say(
          "without the model there is nothing about the next token (%s); give --model"
              .formatted(ErrorLine.of(missing)));
      return null;
    }
  }

  private static StoredReading.Progress watching(ProgressLine progress, Interruption interruption) {
    return more -> {
      if (interruption.requested()) {
        throw new Stopped();
      }
      progress.add(more);
    };
  }

  /// Where the activations are from.
  ///
  /// @param model open; null where there is none
  /// @param name of the model
  /// @param source of the text
  private record Place(@Nullable LanguageModel model, String name, HookPoint hook, String source) {}

  private ObjectNode write(Sae sae, StoredReading reading, Place place, Interruption interruption)
      throws IOException {
    Map<Integer, FeatureName> names = labels == null ? Map.of() : names(labels, sae.dictSize());
    LanguageModel reads = place.model;
    LanguageModel model = reads != null && reads.modelWidth() == sae.outputDim() ? reads : null;
    try (Dashboard dashboard =
        new Dashboard(sae, reading.codes(), reading.text(), model, Plan.USUAL, out)) {
      ProgressLine progress =
          new ProgressLine(console, "writing " + out, "features", dashboard.features());
      Path folder = options.sae().folder().toAbsolutePath().normalize().getFileName();
      String shown = title != null ? title : folder == null ? "SAE" : folder.toString();
      new DashboardFolder(out)
          .write(
              dashboard,
              new Description(
                  shown, sae.architecture(), place.name, place.hook.name(), place.source),
              names,
              forms(sae, reading.text(), place),
              watching(progress, interruption));
      progress.end();
      return result(dashboard, names.size());
    }
  }

  private static Map<Integer, FeatureName> names(Path file, int features) throws IOException {
    Map<Integer, FeatureName> names = new TreeMap<>();
    for (LabelledFeature each : LabelledFeatures.read(file).features()) {
      if (each.feature() < 0 || each.feature() >= features) {
        throw new FormatException(
            file,
            "features",
            "name feature " + each.feature() + "; the SAE has 0 to " + (features - 1),
            "give the labels.json of this SAE");
      }
      names.put(each.feature(), FeatureName.of(each));
    }
    return names;
  }

  private List<DashboardFolder.Form> forms(Sae sae, TokensInContext text, Place place) {
    int context = Arrays.stream(text.tokens().positions()).max().orElse(0) + 1;
    String model = place.name.replaceAll(".*[/\\\\](?=.)", "").replaceAll("[^A-Za-z0-9_-]", "-");
    Provenance provenance =
        new Provenance(
            model,
            place.hook,
            set == null ? "sae4j-" + sae.dictSize() : set,
            place.source,
            Math.ceilDiv(text.tokens().size(), context),
            context,
            Instant.now().truncatedTo(ChronoUnit.SECONDS));
    int layers =
        place.model == null
            ? place.hook.layer() + 1
            : place.model.hookPoints().getLast().layer() + 1;
    var size = new NeuronpediaExport.ModelSize(layers, sae.outputDim());
    return wanted().stream()
        .map(
            format ->
                new DashboardFolder.Form(
                    format,
                    folder ->
                        format.equals(NEURONPEDIA)
                            ? new NeuronpediaExport(folder, provenance, size)
                            : new SaeDashboardExport(folder, provenance)))
        .toList();
  }

  private Set<String> wanted() {
    return new LinkedHashSet<>(exports);
  }

  private ObjectNode result(Dashboard dashboard, int named) {
    List<ActivationSummary> summaries = dashboard.summaries();
    ObjectNode result = Json.object().put("page", page().toString());
    result.put("features", dashboard.features()).put("tokens", dashboard.codes().rows());
    Json.put(result, "l0", dashboard.codes().count() / (double) dashboard.codes().rows());
    result.put("dead", summaries.stream().filter(each -> each.active() == 0).count());
    result.put("dense", summaries.stream().filter(each -> each.density() > DENSE).count());
    result.put("named", named).put("logits", dashboard.hasLogits());
    var written = result.putArray("exports");
    wanted().forEach(each -> written.add(out.resolve(each).toString()));
    return result;
  }
}
