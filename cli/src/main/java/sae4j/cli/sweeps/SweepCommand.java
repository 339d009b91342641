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
import sae4j.cli.options.HookOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.TextOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Interruption;
import sae4j.cli.terminal.Json;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;

/// `sae sweep`: many SAEs, and the article's graph of them.
@Command(
    name = "sweep",
    sortOptions = false,
    description = {
      "Train a grid of SAEs on the activations of a language model, measure each on text that none"
          + " has seen, and draw sparsity against fidelity: L0 against Loss Recovered and explained"
          + " variance.",
      ""
    },
    footer = {
      "",
      "The folder --out gets the activations, a folder for each SAE, and tradeoff.svg, .png, .html,"
          + " .csv and .json. A sweep that was stopped or killed goes on when the same command is"
          + " given again.",
      "",
      "Example:",
      "  sae sweep --out sweep",
      "      five architectures at five sparsities, on the built-in model",
      "  sae sweep --architectures relu,topk --l0 16,32,64 --features 4096 --out sweep"
    })
public final class SweepCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SweepGrid grid = new SweepGrid();
  @Mixin private ModelOption modelOption = new ModelOption();
  @Mixin private HookOption hookOption = new HookOption();
  @Mixin private TextOption textOption = new TextOption();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "400000",
      description = "Tokens to train on (default: ${DEFAULT-VALUE}).")
  private long tokens;

  @Option(
      names = "--heldout-documents",
      paramLabel = "N",
      defaultValue = "40",
      description =
          "So many documents, the first, are kept for judging (default: ${DEFAULT-VALUE}).")
  private int heldoutDocuments;

  @Option(
      names = "--heldout-tokens",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Tokens of them to judge by (default: ${DEFAULT-VALUE}).")
  private long heldoutTokens;

  @Option(
      names = "--at-once",
      paramLabel = "N",
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

  @Option(names = "--json", description = "Print one JSON object with the result.")
  private boolean json;

  /// @param console where it speaks
  public SweepCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    List<SweepCell> cells = grid.cells();
    Parameters.require(spec, tokens >= 1000, "--tokens", tokens, "it must be 1000 or more");
    Parameters.require(
        spec,
        heldoutDocuments >= 1,
        "--heldout-documents",
        heldoutDocuments,
        "it must be 1 or more");
    Parameters.require(
        spec, heldoutTokens >= 100, "--heldout-tokens", heldoutTokens, "it must be 100 or more");
    Parameters.require(spec, atOnce >= 1, "--at-once", atOnce, "it must be 1 or more");
    DocumentSource text = textOption.source();
    Origin standard = new Origin("java-gpt2-tiny", "blocks.2.hook_resid_post");
    try (LanguageModel model = modelOption.open(standard);
        Backend backend = backendOption.open(console);
        Interruption interruption = new Interruption()) {
      HookPoint hook = hookOption.orOf(standard);
      Sweep sweep =
          new Sweep(
              console,
              SweepFolder.open(out, cells, record(model, hook, text)),
              new Sweep.Reading(
                  model,
                  hook,
                  text.slice(heldoutDocuments, Long.MAX_VALUE),
                  tokens,
                  text.slice(0, heldoutDocuments),
                  heldoutTokens),
              backend,
              interruption);
      if (!sweep.run(cells, atOnce)) {
        console.say("stopped; the same command goes on from there");
        return INTERRUPTED;
      }
      report(sweep.folder(), cells, backend);
      return 0;
    }
  }

  /// What the activations depend on.
  private ObjectNode record(LanguageModel model, HookPoint hook, DocumentSource text) {
    return Json.object()
        .put("model", model.name())
        .put("hook", hook.name())
        .put("text", text.description())
        .put("tokens", tokens)
        .put("heldout_documents", heldoutDocuments)
        .put("heldout_tokens", heldoutTokens);
  }

  private void report(SweepFolder folder, List<SweepCell> cells, Backend backend)
      throws IOException {
    if (json) {
      ObjectNode result = Json.object().put("backend", backend.name()).put("out", out.toString());
      ArrayNode saes = result.putArray("saes");
      for (SweepCell cell : cells) {
        saes.add(folder.metrics(cell));
      }
      console.print(Json.line(result));
    } else {
      new TradeOffReport(folder, cells).table().printTo(console.out());
      console.say("the graph: %s".formatted(out.resolve("tradeoff.html")));
    }
  }
}
