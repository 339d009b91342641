// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
import sae4j.cli.options.ContextOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.rules.SameRun;
import sae4j.cli.options.types.Choice;
import sae4j.cli.options.types.HookPointName;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.CaptureProgress;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Machine;
import sae4j.cli.terminal.ShellWord;
import sae4j.cli.terminal.Version;
import sae4j.files.DType;
import sae4j.files.output.OutputFolder;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;

/// `sae capture`: what a language model makes of text, on disk.
@Command(
    name = "capture",
    sortOptions = false,
    description = {
      "Let a language model read text, and store its activations at one or more hook points. All of"
          + " them come from one forward pass.",
      ""
    },
    footer = {
      "",
      "The folder --out gets shards, the text and capture.json. A shard is a safetensors file with"
          + " a matrix for each hook point, and the token and document of each row. To continue a"
          + " capture that was stopped or killed, give the same command again. It ends in the same"
          + " bytes.",
      "",
      "Example:",
      "  sae capture --hook blocks.2.hook_resid_post --max-tokens 100000 --out captured",
      "      the built-in model reads the Java sources on this machine",
      "  sae capture --model gpt2 --text corpus.jsonl.zst --hook blocks.5.hook_resid_post"
          + " blocks.8.hook_resid_post --dtype bf16 --out captured",
      "  sae capture --model gpt2 --text wikitext --subset wikitext-103-raw-v1 --split validation"
          + " --hook blocks.5.hook_resid_post --out captured",
      "      a data set as the Hugging Face hub has it, downloaded into the folder wikitext"
    })
public final class CaptureCommand implements Callable<Integer>, Checked {
  private static final int INTERRUPTED = 130;

  private static final SameRun SAME =
      new SameRun(
          "capture",
          Map.of(
              "model", "--model",
              "text", "--text",
              "hooks", HookOption.NAME,
              "dtype", "--dtype",
              "window_length", ContextOption.NAME,
              "batch", "--batch",
              "max_tokens", "--max-tokens",
              "keep_window_starts", "--drop",
              "document_start", "--bos",
              "windows_per_shard", "--shard-tokens"));

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ModelOption.OrBuiltIn modelOption = new ModelOption.OrBuiltIn();

  @Option(
      names = HookOption.NAME,
      paramLabel = "NAME",
      arity = "1..*",
      required = true,
      converter = HookPointName.class,
      description = HookOption.MEANING + ". Several are captured in one forward pass.")
  private List<HookPoint> hooks = new ArrayList<>();

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
      converter = Numbers.PositiveLong.class,
      description = "Tokens to read, at most (default: all of the text).")
  private @Nullable Long maxTokens;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = StoredType.class,
      defaultValue = "f32",
      description = "How activations are stored: f32, f16 or bf16 (default: ${DEFAULT-VALUE}).")
  private String dtype = "f32";

  @Option(
      names = "--shard-tokens",
      paramLabel = "N",
      converter = Numbers.PositiveLong.class,
      description =
          "Tokens in each shard, rounded down to whole batches (default: as many as fit in 256"
              + " MiB).")
  private @Nullable Long shardTokens;

  @Option(
      names = "--drop",
      paramLabel = "ROWS",
      converter = DroppedRows.class,
      defaultValue = "starts",
      description =
          "Activations that are not kept: starts (document-start tokens and the first token of each"
              + " context, which are outliers and say little about the text), special (these and"
              + " all other special tokens) or none (default: ${DEFAULT-VALUE}).")
  private String drop = "starts";

  @Mixin private ContextOption context = new ContextOption();

  @Option(
      names = "--batch",
      paramLabel = "B",
      converter = Numbers.Positive.class,
      description =
          "Contexts in each forward pass (default: as many as have 4096 tokens together).")
  private @Nullable Integer batch;

  @Mixin private JsonOption json = new JsonOption();

  /// How activations can be stored.
  static final class StoredType extends Choice {
    StoredType() {
      super(List.of("f32", "f16", "bf16"), "choose f32, f16 or bf16");
    }
  }

  /// What is not kept.
  static final class DroppedRows extends Choice {
    DroppedRows() {
      super(List.of("starts", "special", "none"), "choose starts, special or none");
    }
  }

  /// @param console where it speaks
  public CaptureCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    TextOption.OF_A_TEXT.check(given);
  }

  @Override
  public Integer call() throws IOException {
    DocumentSource source = textOption.source();
    try (LanguageModel model = modelOption.open();
        Interruption interruption = new Interruption()) {
      hooks.forEach(hook -> HookOption.requireIn(model, hook, HookOption.NAME, spec));
      ShardedCapture capture = capture(model);
      try (OutputFolder folder = OutputFolder.own(out, Version.claimant("sae capture"))) {
        return run(capture, folder, model, source, interruption);
      } catch (CaptureManifest.OtherSettings another) {
        String name = another.setting();
        int window = context.of(model);
        throw SAME.differs(
            out, name, typed(name, another.there(), window), typed(name, another.asked(), window));
      }
    }
  }

  /// A setting of a capture as its option would be typed.
  ///
  /// @param window tokens of a context
  private static String typed(String setting, String kept, int window) {
    return switch (setting) {
      case "dtype" -> kept.toLowerCase(Locale.ROOT);
      case "max_tokens" -> kept.equals(Long.toString(Long.MAX_VALUE)) ? "left out" : kept;
      case "keep_window_starts" ->
          switch (kept) {
            case "true" -> "none";
            case "false" -> "starts";
            default -> "special";
          };
      case "windows_per_shard" ->
          kept.matches("\\d{1,9}") ? Long.toString(Long.parseLong(kept) * window) : kept;
      default -> kept;
    };
  }

  private ShardedCapture capture(LanguageModel model) {
    int window = context.of(model);
    Settings settings =
        new Settings(
            window,
            batch == null ? Settings.batchOf(model, window) : batch,
            maxTokens == null ? Long.MAX_VALUE : maxTokens,
            switch (drop) {
              case "none" -> KeptRows.ALL;
              case "special" -> KeptRows.NOT_SPECIAL;
              default -> KeptRows.BEHIND_STARTS;
            });
    long batchTokens = (long) settings.batch() * window;
    if (shardTokens != null) {
      Refusal.unless(
          shardTokens >= batchTokens,
          spec,
          "--shard-tokens",
          shardTokens,
          "a batch has %,d tokens (%,d contexts of %,d), and a shard has whole batches: give at"
                  .formatted(batchTokens, settings.batch(), window)
              + " least that, or a lower --batch");
    }
    DType stored = DType.valueOf(dtype.toUpperCase(Locale.ROOT));
    return shardTokens == null
        ? new ShardedCapture(model, hooks, settings, stored)
        : new ShardedCapture(model, hooks, settings, stored, shardTokens);
  }

  private int run(
      ShardedCapture capture,
      OutputFolder folder,
      LanguageModel model,
      DocumentSource source,
      Interruption interruption)
      throws IOException {
    CaptureProgress progress =
        new CaptureProgress(
            console, "%s reads %s".formatted(model.name(), source.description()), interruption);
    CaptureManifest manifest = capture.run(source, folder, progress);
    progress.end();
    long tokens = manifest.shards().stream().mapToLong(Shard::tokens).sum();
    long rows = manifest.shards().stream().mapToLong(Shard::rows).sum();
    if (!manifest.complete()) {
      console.say(
          "stopped after %,d tokens in %,d whole shards; the same command goes on from there"
              .formatted(tokens, manifest.shards().size()));
      return INTERRUPTED;
    }
    if (json.given()) {
      ObjectNode result = Json.object().put("out", out.toString()).put("model", model.name());
      var names = result.putArray("hooks");
      hooks.forEach(hook -> names.add(hook.name()));
      result.put("tokens", tokens).put("rows", rows);
      ObjectNode widths = result.putObject("widths");
      hooks.forEach(hook -> widths.put(hook.name(), model.width(hook)));
      result.put("dtype", dtype).put("shards", manifest.shards().size());
      Json.put(result, "first_batch_s", progress.secondsToFirst());
      Json.put(result, "tokens_per_s", progress.rate());
      Json.put(result, "peak_rss_mib", Machine.peakResidentMiB());
      console.print(Json.line(result));
    } else {
      console.print(out.toString());
      console.say(
          ("%,d tokens read, %,d rows of %s numbers kept for each hook; to train on them:"
                  + " sae train --activations %s%s")
              .formatted(
                  tokens,
                  rows,
                  hooks.stream()
                      .map(hook -> "%,d".formatted(model.width(hook)))
                      .distinct()
                      .collect(Collectors.joining(" or ")),
                  ShellWord.of(out),
                  hooks.size() == 1 ? "" : " --hook " + hooks.getFirst()));
    }
    return 0;
  }
}
