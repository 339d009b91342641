package sae4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.ActivationSet;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.SaeInModelOptions;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.evaluation.detectors.Coverage;
import sae4j.evaluation.detectors.DenseProbes;
import sae4j.evaluation.detectors.DetectorScores;
import sae4j.evaluation.detectors.Detectors;
import sae4j.evaluation.detectors.Directions;
import sae4j.evaluation.detectors.FeatureAbsorption;
import sae4j.evaluation.detectors.FeatureNames;
import sae4j.evaluation.detectors.LabelledFeatures;
import sae4j.evaluation.detectors.SaeDetectors;
import sae4j.evaluation.detectors.SparseProbing;
import sae4j.evaluation.detectors.UntrainedSae;
import sae4j.groundtruth.JavaLabels;
import sae4j.groundtruth.TokenLabelling;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;

/// `sae truth`: what an SAE's features know about Java, judged by Java's own compiler.
@Command(
    name = "truth",
    sortOptions = false,
    description = {
      "Score every feature on what is true of Java text. Java's compiler says what each token is"
          + " and what it is inside of; a feature is scored as a detector of each of these labels,"
          + " its threshold chosen on half of the files, precision, recall and F1 counted on the"
          + " other half. Coverage is the fraction of labels that some feature detects with F1 ≥"
          + " 0.8.",
      ""
    },
    footer = {
      "",
      "The folder --out gets labels.json: names for the features, and everything that is printed.",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae truth --sae demo --documents 1000: --baselines --out truth",
      "      on Java files of this machine that the SAE was not trained on"
    })
final class TruthCommand implements Callable<Integer> {
  private static final long SEED = 1;
  private static final int SAYINGS = 50;
  private static final int LONGEST_DOCUMENT = 32_000;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeInModelOptions options = new SaeInModelOptions();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "200000",
      description = "How much Java to read (default: ${DEFAULT-VALUE}).")
  private long tokens;

  @Option(
      names = "--baselines",
      description =
          "Also score neurons, principal components and as many random directions as there are"
              + " features (all in both signs), an untrained SAE, and a linear probe for every"
              + " label.")
  private boolean baselines;

  @Option(
      names = "--probing",
      description = "Also sparse probing (k = 1, 2, 5) and feature absorption.")
  private boolean probing;

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "20",
      description = "Labels and features to show (default: ${DEFAULT-VALUE}).")
  private int show;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for labels.json (default: nothing is kept).")
  private @Nullable Path out;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(names = "--json", description = "Print one JSON object with everything.")
  private boolean json;

  TruthCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Parameters.require(spec, tokens >= 1, "--tokens", tokens, "it must be 1 or more");
    Parameters.require(spec, show >= 0, "--show", show, "it must be 0 or more");
    try (JavaLabels java = JavaLabels.open();
        Backend backend = backendOption.open(console)) {
      SaeFiles.Loaded loaded = SaeFiles.load(options.sae().folder(), backend);
      ModelReading reading = read(loaded.origin());
      LabelledTokens labelled =
          TokenLabelling.of(
              java,
              reading.text().tokens(),
              reading.text().documents(),
              TokenLabelling.Criteria.USUAL);
      TruthReport report =
          new TruthReport(console, labelled, options.sae().folder().toString(), show);
      report.says();
      judge(loaded.sae(), reading.activations(), labelled, backend, report);
      if (out != null) {
        Files.createDirectories(out);
        new LabelledFeatures(report.features()).write(out, report.asJson());
        console.say("names of features: %s".formatted(out.resolve(LabelledFeatures.FILE)));
      }
      if (json) {
        console.print(Json.line(report.whole()));
      } else {
        report.print();
      }
    }
    return 0;
  }

  private ModelReading read(Origin origin) throws IOException {
    DocumentSource source = new ShortDocuments(options.text().source());
    try (LanguageModel model = options.model().open(origin)) {
      return ModelReading.of(console, model, options.hook().orOf(origin), source, tokens);
    }
  }

  private void judge(
      Sae sae,
      ActivationSet activations,
      LabelledTokens labelled,
      Backend backend,
      TruthReport report)
      throws IOException {
    SaeDetectors features = new SaeDetectors(sae, activations);
    DetectorScores scores = scored("the features", features, labelled);
    report.add("features of this SAE", features.count(), Coverage.of(features, scores));
    report.names(FeatureNames.of(scores));
    if (baselines) {
      compare(sae.dictSize(), activations, labelled, backend, report);
    }
    if (probing) {
      probe(features, activations, labelled, backend, report);
    }
  }

  private void compare(
      int features,
      ActivationSet activations,
      LabelledTokens labelled,
      Backend backend,
      TruthReport report)
      throws IOException {
    Sae untrained = UntrainedSae.reset(SaeFiles.load(options.sae().folder(), backend).sae(), SEED);
    add("untrained SAE", new SaeDetectors(untrained, activations), labelled, report);
    add(
        "random directions, ±",
        Directions.random(Math.max(1, features / 2), SEED, activations, backend),
        labelled,
        report);
    add(
        "principal components, ±",
        Directions.principalComponents(activations, labelled.rows(Half.CHOOSING), backend),
        labelled,
        report);
    add("neurons, ±", Directions.neurons(activations, backend), labelled, report);
  }

  private void add(String name, Detectors detectors, LabelledTokens labelled, TruthReport report) {
    DetectorScores scores = scored(name, detectors, labelled);
    report.add(name, detectors.count(), Coverage.of(detectors, scores));
  }

  private DetectorScores scored(String name, Detectors detectors, LabelledTokens labelled) {
    ProgressLine progress =
        new ProgressLine(console, "scoring " + name, "detectors", detectors.count());
    // Reading their numbers comes first: a rate means something only after a good many.
    AtomicLong unsaid = new AtomicLong();
    DetectorScores scores =
        DetectorScores.of(
            detectors,
            labelled,
            count -> {
              synchronized (progress) {
                if (unsaid.addAndGet(count) > detectors.count() / SAYINGS) {
                  progress.add(unsaid.getAndSet(0));
                }
              }
            });
    progress.add(unsaid.get());
    progress.end();
    return scores;
  }

  private void probe(
      SaeDetectors features,
      ActivationSet activations,
      LabelledTokens labelled,
      Backend backend,
      TruthReport report) {
    console.say("fitting a probe on the activations for each of the labels");
    DenseProbes probes = DenseProbes.of(activations, labelled);
    Directions directions = Directions.of(probes.directions(), activations, backend);
    report.ceiling(
        directions.count(),
        Coverage.of(directions, scored("linear probes", directions, labelled)),
        probes.accuracies());
    SparseProbing sparse = SparseProbing.of(features, labelled);
    Directions neurons = Directions.neurons(activations, backend);
    SparseProbing sparseNeurons = SparseProbing.of(neurons, labelled);
    for (int k : SparseProbing.SIZES) {
      report.probing(k, sparse.accuracies(k), sparseNeurons.accuracies(k));
    }
    report.absorption(FeatureAbsorption.of(features, activations, sparse, probes, labelled));
  }

  /// Documents that are not too long: a few tables of data would otherwise be most of the text.
  private record ShortDocuments(DocumentSource all) implements DocumentSource {
    @Override
    public String description() {
      return all.description();
    }

    @Override
    public Stream<Document> open() throws IOException {
      return all.open().filter(document -> document.text().length() <= LONGEST_DOCUMENT);
    }
  }
}
