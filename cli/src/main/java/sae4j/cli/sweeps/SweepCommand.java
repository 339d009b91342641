// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.sweeps;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.ContextOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.MaxTokensOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;

/// `sae sweep`: many SAEs, and the article's graph of them.
@Command(
    name = "sweep",
    sortOptions = false,
    description = {
      "Train a grid of SAEs on the activations of a language model, and measure each on held-out"
          + " text. The result is the graph of sparsity against fidelity: L0 against Loss Recovered"
          + " and explained variance.",
      ""
    },
    footer = {
      "",
      "The learning rate falls to a tenth over the last fifth of the steps.",
      "",
      "The folder --out gets the activations, a folder for each SAE, and tradeoff.svg, .png, .html,"
          + " .csv and .json. To continue a sweep that was stopped or killed, give the same command"
          + " again.",
      "",
      "Example:",
      "  sae sweep --out sweep",
      "      five architectures at five sparsities, on the built-in model",
      "  sae sweep --architectures relu,topk --target-l0 16,32,64 --features 4096 --out sweep"
    })
public final class SweepCommand implements Callable<Integer>, Checked {
  private static final int INTERRUPTED = 130;

  private static final long FEWEST_TOKENS = 1000;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SweepGrid grid = new SweepGrid();
  @Mixin private ModelOption.OrBuiltIn modelOption = new ModelOption.OrBuiltIn();
  @Mixin private HookOption.WithStandard hookOption = new HookOption.WithStandard();
  @Mixin private TextOption textOption = new TextOption();

  @Mixin private ContextOption context = new ContextOption();

  @Mixin private MaxTokensOption maxTokens = new MaxTokensOption(400_000, FEWEST_TOKENS);

  @Option(
      names = "--heldout-documents",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      defaultValue = "40",
      description =
          "Documents that are held out for judging, the first ones of the text (default:"
              + " ${DEFAULT-VALUE}).")
  private int heldoutDocuments;

  @Option(
      names = "--heldout-tokens",
      paramLabel = "N",
      defaultValue = "10000",
      converter = EnoughToJudge.class,
      description = "Tokens of the held-out documents to judge by (default: ${DEFAULT-VALUE}).")
  private long heldoutTokens;

  @Option(
      names = "--at-once",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      defaultValue = "5",
      description = "SAEs that train together on the same batches (default: ${DEFAULT-VALUE}).")
  private int atOnce;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the sweep.")
  private Path out = Path.of("");

  @Mixin private JsonOption json = new JsonOption();

  /// So many tokens that intervals mean something.
  static final class EnoughToJudge extends Numbers.Longs {
    EnoughToJudge() {
      super(100);
    }
  }

  /// @param console where it speaks
  public SweepCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    TextOption.OF_A_TEXT.check(given);
    grid.check(given);
    maxTokens.value();
  }

  @Override
  public Integer call() throws IOException {
    List<SweepCell> cells = grid.cells();
    long tokens = maxTokens.value();
    DocumentSource text = textOption.source();
    Origin standard = new Origin(ModelOption.BUILT_IN, HookOption.WithStandard.STANDARD);
    try (LanguageModel model = modelOption.open();
        Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      HookPoint hook = hookOption.orOf(standard);
      HookOption.requireIn(model, hook, HookOption.NAME, spec);
      int window = context.of(model);
      try (SweepFolder folder =
          SweepFolder.open(out, cells, record(model, hook, text, tokens, window))) {
        Sweep sweep =
            new Sweep(
                console,
                folder,
                new Sweep.Reading(
                    model,
                    hook,
                    text.slice(heldoutDocuments, Long.MAX_VALUE),
                    tokens,
                    text.slice(0, heldoutDocuments),
                    heldoutTokens,
                    window),
                backend,
                interruption);
        if (!sweep.run(cells, atOnce)) {
          console.say("stopped; the same command goes on from there");
          return INTERRUPTED;
        }
        report(folder, cells, backend);
        return 0;
      }
    }
  }

  /// What the activations depend on.
  private ObjectNode record(
      LanguageModel model, HookPoint hook, DocumentSource text, long tokens, int window)
      throws IOException {
    return Json.object()
        .put("model", model.name())
        .put("model_identity", LanguageModels.identity(model))
        .put("hook", hook.name())
        .put("text", text.description())
        .put("text_identity", text.identity())
        .put("tokens", tokens)
        .put("context", window)
        .put("heldout_documents", heldoutDocuments)
        .put("heldout_tokens", heldoutTokens);
  }

  private void report(SweepFolder folder, List<SweepCell> cells, Backend backend)
      throws IOException {
    if (json.given()) {
      ObjectNode result = Json.object().put("backend", backend.name()).put("out", out.toString());
      ArrayNode saes = result.putArray("saes");
      for (SweepCell cell : cells) {
        saes.add(folder.metrics(cell));
      }
      console.print(Json.line(result));
    } else {
      SweepReport.of(folder, cells).table().printTo(console.out());
      console.say("the graph: %s".formatted(out.resolve("tradeoff.html")));
    }
  }
}
