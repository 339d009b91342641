package sae4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.capture.CaptureManifest;
import sae4j.activations.capture.CaptureManifest.Shard;
import sae4j.activations.capture.ShardedCapture;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.TextOption;
import sae4j.cli.terminal.CaptureProgress;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Interruption;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Machine;
import sae4j.files.DType;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;

/// `sae capture`: what a language model makes of text, on disk.
@Command(
    name = "capture",
    sortOptions = false,
    description = {
      "Let a language model read text and keep its activations at one or more hook points, all from"
          + " one forward pass.",
      ""
    },
    footer = {
      "",
      "The folder --out gets shards (safetensors: a matrix for each hook, and which token of which"
          + " document each row is), the text, and capture.json. A capture that was stopped or"
          + " killed goes on when the same command is given again, and ends in the same bytes.",
      "",
      "Example:",
      "  sae capture --hook blocks.2.hook_resid_post --max-tokens 100000 --out captured",
      "      the built-in model reads the Java sources on this machine",
      "  sae capture --model gpt2 --text corpus.jsonl.zst --hook blocks.5.hook_resid_post"
          + " blocks.8.hook_resid_post --dtype bf16 --out captured"
    })
final class CaptureCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ModelOption modelOption = new ModelOption();

  @Option(
      names = "--hook",
      paramLabel = "NAME",
      arity = "1..*",
      required = true,
      description = "Where to look, as TransformerLens names it; several are read in one pass.")
  private List<String> hooks = new ArrayList<>();

  @Mixin private TextOption textOption = new TextOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the capture.")
  private Path out = Path.of("");

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Stop after so many tokens (default: read all of the text).")
  private @Nullable Long maxTokens;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "How activations are stored: f32, f16 or bf16 (default: ${DEFAULT-VALUE}).")
  private String dtype = "f32";

  @Option(
      names = "--shard-tokens",
      paramLabel = "N",
      description = "Tokens a shard (default: so many that a shard has 256 MiB).")
  private @Nullable Long shardTokens;

  @Option(
      names = "--bos",
      paramLabel = "keep|drop",
      defaultValue = "drop",
      description =
          "Whether to keep the activations of document-start tokens and of the first token of each"
              + " context, which are outliers and say little of the text (default:"
              + " ${DEFAULT-VALUE}).")
  private String bos = "drop";

  @Option(
      names = "--context",
      paramLabel = "T",
      description = "Tokens that the model sees at once (default: all that it can).")
  private @Nullable Integer context;

  @Option(
      names = "--batch",
      paramLabel = "B",
      description =
          "Contexts that go through the model together (default: so many that they have 4096"
              + " tokens).")
  private @Nullable Integer batch;

  @Option(names = "--json", description = "Print one JSON object with the result.")
  private boolean json;

  CaptureCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    List<HookPoint> points =
        hooks.stream().map(hook -> HookOption.parse(spec, "--hook", hook)).toList();
    Parameters.require(
        spec,
        points.stream().distinct().count() == points.size(),
        "--hook",
        hooks,
        "name each once");
    require(maxTokens == null || maxTokens >= 1, "--max-tokens", maxTokens, "it must be 1 or more");
    require(
        shardTokens == null || shardTokens >= 1,
        "--shard-tokens",
        shardTokens,
        "it must be 1 or more");
    require(context == null || context >= 1, "--context", context, "it must be 1 or more");
    require(batch == null || batch >= 1, "--batch", batch, "it must be 1 or more");
    require(List.of("keep", "drop").contains(bos), "--bos", bos, "choose keep or drop");
    require(
        List.of("f32", "f16", "bf16").contains(dtype), "--dtype", dtype, "choose f32, f16 or bf16");
    DocumentSource source = textOption.source();
    try (LanguageModel model = modelOption.open(new Origin("java-gpt2-tiny", null));
        Interruption interruption = new Interruption()) {
      require(
          context == null || context <= model.contextLength(),
          "--context",
          context,
          model.name() + " can see " + model.contextLength());
      ShardedCapture capture = capture(model, points);
      Files.createDirectories(out.toAbsolutePath().normalize());
      return run(capture, model, source, interruption);
    }
  }

  private void require(boolean holds, String option, @Nullable Object value, String remedy) {
    Parameters.require(spec, holds, option, String.valueOf(value), remedy);
  }

  private ShardedCapture capture(LanguageModel model, List<HookPoint> points) {
    int window = context == null ? model.contextLength() : context;
    Settings settings =
        new Settings(
            window,
            batch == null ? Settings.batchOf(window) : batch,
            maxTokens == null ? Long.MAX_VALUE : maxTokens,
            bos.equals("keep"));
    DType stored = DType.valueOf(dtype.toUpperCase(Locale.ROOT));
    return shardTokens == null
        ? new ShardedCapture(model, points, settings, stored)
        : new ShardedCapture(model, points, settings, stored, shardTokens);
  }

  private int run(
      ShardedCapture capture, LanguageModel model, DocumentSource source, Interruption interruption)
      throws IOException {
    CaptureProgress progress =
        new CaptureProgress(
            console, "%s reads %s".formatted(model.name(), source.description()), interruption);
    CaptureManifest manifest = capture.run(source, out, progress);
    progress.end();
    long tokens = manifest.shards().stream().mapToLong(Shard::tokens).sum();
    long rows = manifest.shards().stream().mapToLong(Shard::rows).sum();
    if (!manifest.complete()) {
      console.say(
          "stopped after %,d tokens in %,d whole shards; the same command goes on from there"
              .formatted(tokens, manifest.shards().size()));
      return INTERRUPTED;
    }
    if (json) {
      ObjectNode result = Json.object().put("out", out.toString()).put("model", model.name());
      var names = result.putArray("hooks");
      hooks.forEach(names::add);
      result.put("tokens", tokens).put("rows", rows).put("width", model.modelWidth());
      result.put("dtype", dtype).put("shards", manifest.shards().size());
      Json.put(result, "tokens_per_s", progress.rate());
      Json.put(result, "peak_rss_mib", Machine.peakResidentMiB());
      console.print(Json.line(result));
    } else {
      console.print(out.toString());
      console.say(
          "%,d tokens read, %,d rows of %,d numbers kept for each hook; to train on them: sae train --activations %s%s"
              .formatted(
                  tokens,
                  rows,
                  model.modelWidth(),
                  out,
                  hooks.size() == 1 ? "" : " --hook " + hooks.getFirst()));
    }
    return 0;
  }
}
