// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.MaxTokensOption;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.options.ModelTextOptions;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.TargetHookOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Given;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.ProgressLine;
import sae4j.cli.terminal.Table;
import sae4j.cli.terminal.Version;
import sae4j.evaluation.check.Fit;
import sae4j.evaluation.check.Place;
import sae4j.evaluation.check.Reading;
import sae4j.evaluation.check.SaeCheck;
import sae4j.evaluation.check.SaeCheck.Verdict;
import sae4j.evaluation.check.Sample;
import sae4j.files.output.OutputFolder;
import sae4j.files.output.OutputName;
import sae4j.models.HookPoint;
import sae4j.models.HookPoint.Site;
import sae4j.models.LanguageModel;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.Pairing;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;

/// `sae check`: whether an SAE was loaded right, and if not, how it should be.
@Command(
    name = "check",
    sortOptions = false,
    description = {
      "Check whether an SAE is loaded right: measure on a little text what it explains of the"
          + " model's activations as its files describe it, and under each other reading of them:"
          + " other hook points, b_dec subtracted or not, normalisations, scales, thresholds, start"
          + " tokens, a transposed skip connection.",
      "",
      "The exit code is 0 where no other reading fits clearly better, and 1 where one does, or"
          + " none fits."
    },
    footer = {"", "Example:", "  sae demo --out demo", "  sae check --sae demo"})
public final class CheckCommand implements Callable<Integer>, Checked {
  private static final OutputFolder.Claimant CLAIMANT = Version.claimant("sae check");

  /// Other readings that are shown.
  private static final int SHOWN = 8;

  private static final long FEWEST_TOKENS = 128;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeOption saeOption = new SaeOption();

  @Mixin
  private ModelTextOptions reading =
      new ModelTextOptions(new MaxTokensOption(2_000, FEWEST_TOKENS));

  @Mixin private TargetHookOption targetHook = new TargetHookOption();
  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--mend",
      paramLabel = "OUT",
      description =
          "Write the SAE as it should be described into this folder, which must not exist yet, if"
              + " another reading fits clearly better.")
  private @Nullable Path mend;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    TextOption.OF_A_TEXT.check(given);
    reading.maxTokens();
  }

  @Override
  public Integer call() throws IOException {
    SaeWeights weights = saeOption.weights(targetHook.given() != null);
    targetHook.requireOf(weights.transcoder(), spec);
    SaeOption.requireOneHook(saeOption.path(), weights.hooks());
    DocumentSource text = reading.source();
    try (OutputName _ = mend == null ? null : OutputName.claim(mend, CLAIMANT);
        Backend backend = backendOption.open(console);
        LanguageModel model = reading.open(weights.origin())) {
      new Pairing(weights.origin(), new Origin(model.name(), null))
          .differences()
          .forEach(line -> console.say("warning: " + line));
      Place place = place(weights, model);
      Settings settings = reading.settings(model, weights.origin());
      SaeCheck check = check(weights, place, new Sample(model, text, settings), backend);
      if (json.given()) {
        console.print(Json.line(asJson(check)));
      } else {
        print(check, model);
      }
      if (mend != null) {
        mend(mend, check, model.name());
      }
      return check.verdict() == Verdict.FITS ? 0 : 1;
    }
  }

  private SaeCheck check(SaeWeights weights, Place place, Sample sample, Backend backend)
      throws IOException {
    try (Rounds rounds = new Rounds(console)) {
      return SaeCheck.of(
          Reading.asDescribed(weights, place), isPlaced(weights), sample, backend, rounds::left);
    } catch (IllegalArgumentException | InexpressibleException impossible) {
      throw new Failure("%s: %s".formatted(saeOption.path(), impossible.getMessage()), impossible);
    }
  }

  /// A line of progress for each round of readings.
  private static final class Rounds implements AutoCloseable {
    private final Console console;
    private @Nullable ProgressLine line;
    private int left;

    Rounds(Console console) {
      this.console = console;
    }

    void left(int readings) {
      if (line == null || readings > left) {
        close();
        line = new ProgressLine(console, "trying readings", "readings", readings);
      }
      left = readings;
      line.add(1);
    }

    @Override
    public void close() {
      if (line != null) {
        line.end();
      }
    }
  }

  private boolean isPlaced(SaeWeights weights) {
    return reading.hook().given() != null || weights.origin().hookName() != null;
  }

  /// Where the files say that it belongs, or the options do. What neither says is looked for, from
  /// the residual stream on.
  private Place place(SaeWeights weights, LanguageModel model) {
    Origin origin = weights.origin();
    HookPoint reads = isPlaced(weights) ? reading.hook(origin) : likely(weights.width(), model);
    HookOption.requireOfSae(model, reads, HookOption.NAME, spec);
    HookPoint predicts = weights.transcoder() ? predicts(weights, reads) : reads;
    HookOption.requireOfSae(model, predicts, TargetHookOption.NAME, spec);
    Integer head = origin.headIndex();
    int width =
        head == null ? model.width(reads) : MismatchOption.oneHead(model, reads, head).width(reads);
    if (width != weights.width()
        || (!reads.equals(predicts) && model.width(predicts) != weights.outputWidth())) {
      throw new Failure(
          ("%s: it reads %d numbers and gives %d, and %s of %s has %d, %s %d; give --hook, or"
                  + " another --model")
              .formatted(
                  saeOption.path(),
                  weights.width(),
                  weights.outputWidth(),
                  reads,
                  model.name(),
                  width,
                  predicts,
                  model.width(predicts)));
    }
    return new Place(
        reads, predicts, head, origin.centred(), model.tokenizer().documentStart().isPresent());
  }

  private HookPoint likely(int width, LanguageModel model) {
    List<HookPoint> fitting =
        model.hookPoints().stream().filter(hook -> model.width(hook) == width).toList();
    if (fitting.isEmpty()) {
      throw new Failure(
          "%s: it reads %d numbers, and no hook point of %s has so many; give another --model"
              .formatted(saeOption.path(), width, model.name()));
    }
    HookPoint likely =
        fitting.stream()
            .filter(hook -> hook.site() == Site.RESID_POST)
            .skip(fitting.stream().filter(hook -> hook.site() == Site.RESID_POST).count() / 2)
            .findFirst()
            .orElse(fitting.getFirst());
    console.say(
        "its files do not say where it was trained: the search begins at %s".formatted(likely));
    return likely;
  }

  private HookPoint predicts(SaeWeights weights, HookPoint reads) {
    if (targetHook.given() != null) {
      return targetHook.given();
    }
    String known = weights.origin().outputHookName();
    if (known != null) {
      return SaeOption.hook(saeOption.path(), known);
    }
    HookPoint likely = new HookPoint(reads.layer(), Site.MLP_OUT);
    console.say("its files do not say what it predicts: the search begins at %s".formatted(likely));
    return likely;
  }

  private void print(SaeCheck check, LanguageModel model) {
    Fit described = check.described();
    Place place = described.reading().place();
    console.print(
        "%s%s of %s, %,d tokens"
            .formatted(
                place.reads(),
                place.predicts().equals(place.reads()) ? "" : " to " + place.predicts(),
                model.name(),
                described.unexplained().length));
    console.print("");
    Table table = Table.withColumns("reading", ">explained variance", ">L0", ">dead");
    row(table, described);
    check.tried().stream().limit(SHOWN).forEach(fit -> row(table, fit));
    table.printTo(console.out());
    if (check.tried().size() > SHOWN) {
      console.print("and %d more, which explain less".formatted(check.tried().size() - SHOWN));
    }
    if (!check.untried().isEmpty()) {
      console.print(
          "not tried, for want of memory: hook points " + HookPoint.list(check.untried()));
    }
    console.print("");
    OptionalDouble stated = described.reading().weights().statedL0();
    if (stated.isPresent()) {
      console.print(
          "its files say %.4g active features a token; there are %.4g"
              .formatted(stated.getAsDouble(), described.l0()));
    }
    console.print(verdict(check));
  }

  private static void row(Table table, Fit fit) {
    table.row(
        fit.reading().inWords(),
        "%.4f".formatted(fit.explainedVariance()),
        "%.2f".formatted(fit.l0()),
        "%.1f %%".formatted(100 * fit.dead()));
  }

  private String verdict(SaeCheck check) {
    return switch (check.verdict()) {
      case FITS -> "no other reading fits clearly better than what its files say";
      case FITS_NOTHING ->
          "it explains less than a constant would, and so does every other reading: it is of"
              + " another model, or was not trained";
      case OTHER_READING -> {
        Reading best = check.best().reading();
        yield "likely fault: %s; %s"
            .formatted(
                best.inWords(),
                best.options().isEmpty()
                    ? "write it so with --mend OUT"
                    : "give %s, or write it so with --mend OUT".formatted(best.options()));
      }
    };
  }

  private ObjectNode asJson(SaeCheck check) {
    ObjectNode all = Json.object();
    all.put("verdict", check.verdict().name().toLowerCase(Locale.ROOT));
    all.put("tokens", check.described().unexplained().length);
    OptionalDouble stated = check.described().reading().weights().statedL0();
    Json.put(all, "stated_l0", stated.orElse(Double.NaN));
    all.set("described", asJson(check.described()));
    all.set("best", asJson(check.best()));
    ArrayNode tried = all.putArray("tried");
    check.tried().forEach(fit -> tried.add(asJson(fit)));
    ArrayNode untried = all.putArray("untried");
    check.untried().forEach(hook -> untried.add(hook.name()));
    return all;
  }

  private static ObjectNode asJson(Fit fit) {
    ObjectNode each = Json.object();
    each.put("reading", fit.reading().inWords());
    ArrayNode respects = each.putArray("respects");
    fit.reading().changes().forEach(change -> respects.add(change.respect()));
    each.put("options", fit.reading().options());
    each.put("hook", fit.reading().place().reads().name());
    each.put("target_hook", fit.reading().place().predicts().name());
    Json.put(each, "explained_variance", fit.explainedVariance());
    Json.put(each, "l0", fit.l0());
    Json.put(each, "dead_fraction", fit.dead());
    return each;
  }

  private void mend(Path out, SaeCheck check, String model) throws IOException {
    if (check.verdict() == Verdict.OTHER_READING) {
      SaeFiles.save(out, check.best().reading().mended(model));
      console.say("written as it should be described: " + out);
    } else {
      console.say("there is nothing to mend, so %s is not written".formatted(out));
    }
  }
}
