// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.truth;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.activations.ActivationSet;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.MaxTokensOption;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.options.ModelTextOptions;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Inputs;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.ReadingProgress;
import sae4j.cli.terminal.Version;
import sae4j.evaluation.ModelReading;
import sae4j.evaluation.detectors.DetectorScores;
import sae4j.evaluation.detectors.Detectors;
import sae4j.evaluation.detectors.LabelledFeatures;
import sae4j.evaluation.detectors.UntrainedSae;
import sae4j.evaluation.study.TruthFindings;
import sae4j.evaluation.study.TruthStudy;
import sae4j.files.output.OutputFolder;
import sae4j.groundtruth.JavaLabels;
import sae4j.groundtruth.TokenLabelling;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.Tokenizer;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;

/// `sae truth`: what an SAE's features know about Java, judged by Java's own compiler.
@Command(
    name = "truth",
    sortOptions = false,
    description = {
      "Score every feature on what is true of Java text. Java's compiler labels each token with"
          + " what it is and what it stands inside. Each feature is scored as a detector of each"
          + " label: its threshold is chosen on half of the files, and precision, recall and F1 are"
          + " counted on the other half. Coverage is the fraction of labels that some feature"
          + " detects with F1 ≥ 0.8.",
      ""
    },
    footer = {
      "",
      "The folder --out gets labels.json, with names for the features and everything that --json"
          + " prints.",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae truth --sae demo --documents 1000: --baselines --out truth",
      "      on Java files of this machine that the SAE was not trained on"
    })
public final class TruthCommand implements Callable<Integer>, Checked {
  private static final Applicability OPTIONS =
      Applicability.table().only(Condition.without("--json"), "--show").and(TextOption.OF_A_TEXT);

  private static final long SEED = 1;
  private static final int SAYINGS = 50;
  private static final int LONGEST_DOCUMENT = 32_000;

  private final Console console;

  @Mixin private SaeOption saeOption = new SaeOption();
  @Mixin private ModelTextOptions text = new ModelTextOptions(new MaxTokensOption(200_000));
  @Mixin private MismatchOption mismatch = new MismatchOption();

  @Option(
      names = "--baselines",
      description =
          "Also score an untrained SAE, neurons, principal components and as many random directions"
              + " as the SAE has features, the last three in both signs.")
  private boolean baselines;

  @Option(
      names = "--probing",
      description =
          "Also fit a linear probe for every label, and measure sparse probing (k = 1, 2, 5) and"
              + " feature absorption.")
  private boolean probing;

  @Option(
      names = "--show",
      paramLabel = "N",
      defaultValue = "20",
      converter = Numbers.NotNegative.class,
      description = "Labels and features in each table (default: ${DEFAULT-VALUE}).")
  private int show;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for labels.json (default: nothing is kept).")
  private @Nullable Path out;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public TruthCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    OPTIONS.check(given);
  }

  @Override
  public Integer call() throws IOException {
    try (OutputFolder folder = folder();
        JavaLabels java = JavaLabels.open();
        Backend backend = backendOption.open(console)) {
      SaeFiles.Loaded loaded = saeOption.load(backend);
      Inputs inputs = new Inputs(saeOption.path(), loaded.sae());
      ModelReading reading = read(loaded, inputs);
      LabelledTokens labelled =
          TokenLabelling.of(
              java,
              reading.text().tokens(),
              reading.text().documents(),
              TokenLabelling.Criteria.USUAL);
      TruthStudy study = study(loaded.sae(), reading.activations(), labelled, backend);
      TruthFindings findings = study.findings();
      String name = saeOption.path().toString();
      if (folder != null) {
        ObjectNode about = findings.asJson(name);
        about.set("inputs", inputs.asJson());
        folder.write(LabelledFeatures.FILE, findings.features().file(about));
        folder.keep();
        console.say(
            "names of features: %s".formatted(folder.path().resolve(LabelledFeatures.FILE)));
      }
      if (json.given()) {
        ObjectNode result = findings.asJsonWithFeatures(name);
        result.set("inputs", inputs.asJson());
        console.print(Json.line(result));
      } else {
        new TruthTables(console, findings, show).print();
      }
    }
    return 0;
  }

  private @Nullable OutputFolder folder() throws IOException {
    return out == null
        ? null
        : OutputFolder.addTo(out, Version.claimant("sae truth"), List.of(LabelledFeatures.FILE));
  }

  private ModelReading read(SaeFiles.Loaded loaded, Inputs inputs) throws IOException {
    DocumentSource source = new ShortDocuments(text.source());
    Origin origin = loaded.origin();
    HookPoint hook = text.hook(origin);
    try (LanguageModel model = mismatch.model(console, loaded, text.open(origin), hook, null)) {
      inputs.with(model, source);
      return new ReadingProgress(console).read(model, hook, source, text.settings(model, origin));
    }
  }

  private TruthStudy study(
      Sae sae, ActivationSet activations, LabelledTokens labelled, Backend backend)
      throws IOException {
    TruthTables.announce(console, labelled);
    TruthStudy study =
        new TruthStudy(
            sae,
            activations,
            labelled,
            backend,
            (name, detectors) -> scored(name, detectors, labelled));
    if (baselines) {
      study.compare(UntrainedSae.reset(saeOption.load(backend).sae(), SEED));
    }
    if (probing) {
      console.say("fitting a probe on the activations for each of the labels");
      study.probe();
    }
    return study;
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

  /// Documents that are not too long: a few tables of data would otherwise be most of the text.
  private record ShortDocuments(DocumentSource all) implements DocumentSource {
    @Override
    public String description() {
      return all.description();
    }

    @Override
    public String identity() throws IOException {
      return all.identity();
    }

    @Override
    public Stream<Document> open() throws IOException {
      return all.open().filter(ShortDocuments::isShort);
    }

    @Override
    public Stream<Document> open(Tokenizer reader) throws IOException {
      return all.open(reader).filter(ShortDocuments::isShort);
    }

    private static boolean isShort(Document document) {
      return document.part() == Document.Part.WHOLE && document.text().length() <= LONGEST_DOCUMENT;
    }
  }
}
