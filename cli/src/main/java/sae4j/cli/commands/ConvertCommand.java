// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sae4j.cli.inputs.SaeFile;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.TargetHookOption;
import sae4j.cli.options.types.HookPointName;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Version;
import sae4j.files.output.OutputFolder;
import sae4j.files.output.OutputName;
import sae4j.models.HookPoint;
import sae4j.saes.formats.SaeFormat;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.SaeWeights;

/// `sae convert`: a trained SAE from one tool's files into another's.
@Command(
    name = "convert",
    sortOptions = false,
    description = {
      "Write a trained SAE in the files of another tool.",
      "",
      "Weights keep their bits where they mean the same in both formats. The command says what it"
          + " folds into the weights and what it leaves out. It refuses what the other format"
          + " cannot express."
    },
    footer = {
      "",
      "Formats: saelens, dictionary-learning, sparsify, openai, gemma-scope, gemma-scope-2,"
          + " llama-scope, goodfire, qwen-scope, circuit-tracer, dictionary-learning-crosscoder;"
          + " see docs/formats.md.",
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae convert toy/sae toy/for-python --to dictionary-learning"
    })
public final class ConvertCommand implements Callable<Integer> {
  private static final OutputFolder.Claimant CLAIMANT = Version.claimant("sae convert");

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "IN", description = "The SAE: a folder or a file.")
  private Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "Where it goes; must not exist yet.")
  private Path out = Path.of("");

  @Option(
      names = "--from",
      paramLabel = "FORMAT",
      converter = FormatName.class,
      description = "The format of IN (default: it is recognised).")
  private @Nullable SaeFormat from;

  @Option(
      names = "--to",
      paramLabel = "FORMAT",
      converter = FormatName.class,
      required = true,
      description = "The format of OUT.")
  private SaeFormat to = SaeFormats.all().getFirst();

  @Option(
      names = TargetHookOption.NAME,
      paramLabel = "NAME",
      converter = HookPointName.class,
      description =
          "The hook point that the SAE predicts, for a transcoder whose files do not say that it is"
              + " one, or what it predicts.")
  private @Nullable HookPoint targetHook;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    SaeFile file = SaeFile.of(console, in);
    SaeFormat source = from == null ? file.format() : from;
    try (OutputName _ = OutputName.claim(out, CLAIMANT)) {
      SaeWeights weights = predicting(file.read(source));
      report(source, weights, SaeFormats.write(to, out, weights));
    }
    return 0;
  }

  private SaeWeights predicting(SaeWeights read) {
    if (targetHook == null) {
      return read;
    }
    SaeWeights weights = read.asTranscoder();
    String known = weights.origin().outputHookName();
    Refusal.unless(
        weights.transcoder() && (known == null || known.equals(targetHook.name())),
        spec,
        TargetHookOption.NAME,
        targetHook,
        weights.transcoder()
            ? "leave it out: %s says that it predicts %s".formatted(in, known)
            : "leave it out: %s holds an SAE that reconstructs what it reads".formatted(in));
    return weights.from(weights.origin().predicting(targetHook.name()));
  }

  private void report(SaeFormat source, SaeWeights weights, List<String> notes) {
    if (json.given()) {
      ObjectNode result = Json.object();
      result.put("from", source.name()).put("to", to.name());
      result.put("in", in.toString()).put("out", out.toString());
      result.put("architecture", weights.activation().architecture());
      ArrayNode lines = result.putArray("notes");
      notes.forEach(lines::add);
      ArrayNode assumed = result.putArray("assumed");
      weights.assumptions().forEach(assumed::add);
      console.print(Json.line(result));
    } else {
      console.print(out.toString());
      console.say(
          "%s of %,d features from %s to %s%s"
              .formatted(
                  weights.kind(),
                  weights.features(),
                  source.name(),
                  to.name(),
                  notes.isEmpty() ? ", every weight bit for bit" : ""));
      notes.forEach(console::say);
      console.sayAssumed(in, weights.assumptions());
    }
  }

  /// A format by its name.
  static final class FormatName implements ITypeConverter<SaeFormat> {
    @Override
    public SaeFormat convert(String name) {
      try {
        return SaeFormats.named(name);
      } catch (IllegalArgumentException unknown) {
        throw Refusal.because(String.valueOf(unknown.getMessage()));
      }
    }
  }
}
