// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.rules.Given;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Inputs;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ShellWord;
import sae4j.cli.terminal.Version;
import sae4j.dashboard.ActivationSummary;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeatureName;
import sae4j.dashboard.Plan;
import sae4j.dashboard.StoredReading;
import sae4j.dashboard.site.DashboardFolder;
import sae4j.dashboard.site.Description;
import sae4j.dashboard.site.ShownSae;
import sae4j.files.output.OutputFolder;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `sae features`: a dashboard of every feature.
@Command(
    name = "features",
    sortOptions = false,
    description = {
      "Write a dashboard of an SAE's features: a site that opens from disk. It shows for each"
          + " feature the text that activates it, its effect on the next token, and the features"
          + " that are similar to it.",
      ""
    },
    footer = {
      "",
      "The folder --out gets index.html, to be opened in a browser, and what it needs in"
          + " dashboard/. Nothing is loaded from a network. To see the features on text of your"
          + " own: sae serve",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae features --sae demo --max-tokens 500000 --out demo",
      "      the built-in model reads the Java sources on this machine",
      "  sae features --sae demo --activations captured --export neuronpedia --out features"
    })
public final class FeaturesCommand implements Callable<Integer>, Checked {
  private static final Applicability OPTIONS =
      Applicability.table()
          .only(
              Condition.without(ActivationsOptions.NAME),
              "--documents",
              "--max-tokens",
              "--context",
              "--bos",
              "--device")
          .only(Condition.with(ActivationsOptions.NAME), "--tensor")
          .only(Condition.with("--export"), "--source-set")
          .and(TextOption.OF_A_TEXT);

  private static final int INTERRUPTED = 130;
  private static final double DENSE = 0.1;

  private final Console console;

  @Mixin private SaeOption saeOption = new SaeOption();
  @Mixin private DashboardReading reading = new DashboardReading();
  @Mixin private LabelsOption labels = new LabelsOption();
  @Mixin private ExportOptions exports = new ExportOptions();

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
  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public FeaturesCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    reading.requireOneSource();
    OPTIONS.check(given);
    exports.check(given);
  }

  @Override
  public Integer call() throws IOException {
    long begun = System.nanoTime();
    try (OutputFolder folder =
            OutputFolder.addTo(
                out, Version.claimant("sae features"), DashboardFolder.entries(exports.formats()));
        Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      SaeFiles.Loaded loaded = saeOption.load(backend);
      Map<Integer, FeatureName> names =
          labels.names(loaded.sae(), saeOption.path(), reading.mismatch());
      ObjectNode result =
          reading.read(
              loaded,
              folder.path(),
              console,
              interruption,
              (codes, source) -> write(folder, loaded.sae(), names, codes, source, interruption));
      Json.put(result, "seconds", (System.nanoTime() - begun) / 1e9);
      console.say("to look at it, open %s in a browser".formatted(page()));
      console.say(
          "to read other text in it: sae serve --sae %s --dashboard %s%s"
              .formatted(ShellWord.of(saeOption.path()), ShellWord.of(out), reading.asWords()));
      console.print(json.given() ? Json.line(result) : page().toString());
      return 0;
    } catch (StoppableProgress.Stopped atRequest) {
      console.say("stopped; nothing was written");
      return INTERRUPTED;
    }
  }

  private Path page() {
    return out.resolve(DashboardFolder.PAGE);
  }

  private ObjectNode write(
      OutputFolder folder,
      Sae sae,
      Map<Integer, FeatureName> names,
      StoredReading codes,
      DashboardReading.Source source,
      Interruption interruption)
      throws IOException {
    LanguageModel reads = source.model();
    boolean writes = source.written().site().isOfStream();
    boolean scores =
        reads != null && reads.scoresTokens() && writes && reads.modelWidth() == sae.outputDim();
    LanguageModel model = scores ? reads : null;
    if (reads != null && !reads.scoresTokens()) {
      console.say("the model has no unembedding, so there is nothing about the next token");
    } else if (reads != null && !writes) {
      console.say(
          ("what features write at %s is not in the residual stream, so there is nothing about the"
                  + " next token")
              .formatted(source.written()));
    }
    try (Dashboard dashboard =
        new Dashboard(sae, codes.codes(), codes.text(), model, Plan.USUAL, folder.path())) {
      StoppableProgress progress =
          new StoppableProgress(
              console, interruption, "writing " + out, "features", dashboard.features());
      DashboardFolder.write(
          folder,
          dashboard,
          new Description(
              shownTitle(),
              sae.architecture(),
              source.name(),
              source.hook().name(),
              source.text(),
              new ShownSae(saeOption.path().toString(), Inputs.sum(sae))),
          names,
          exports.forms(sae, codes.text(), source),
          progress);
      progress.end();
      return result(dashboard, names.size());
    }
  }

  private String shownTitle() {
    if (title != null) {
      return title;
    }
    Path folder = saeOption.path().toAbsolutePath().normalize().getFileName();
    return folder == null ? "SAE" : folder.toString();
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
    exports.formats().forEach(each -> written.add(out.resolve(each).toString()));
    return result;
  }
}
