package sae4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
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
      "Weights keep their bits where both formats mean the same by them; what has to be folded into"
          + " them or left out is said, and what the other format has no form for is refused."
    },
    footer = {
      "",
      "Formats: saelens, dictionary-learning, sparsify, openai, gemma-scope, llama-scope; see"
          + " docs/formats.md.",
      "",
      "Example:",
      "  sae toy --out toy",
      "  sae convert toy/sae toy/for-python --to dictionary-learning"
    })
final class ConvertCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "IN", description = "The SAE: a folder or a file.")
  private Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "Where it goes; must not exist yet.")
  private Path out = Path.of("");

  @Option(
      names = "--from",
      paramLabel = "FORMAT",
      description = "The format of IN (default: it is recognised).")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "FORMAT",
      required = true,
      description = "The format of OUT.")
  private String to = "";

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    SaeFormat target = named("--to", to);
    SaeFormat source = from == null ? SaeFormats.recognise(in) : named("--from", from);
    if (Files.exists(out)) {
      throw new Failure("%s: is already there; choose another OUT".formatted(out));
    }
    SaeWeights weights = source.read(in);
    List<String> notes = SaeFormats.write(target, out, weights);
    if (json) {
      ObjectNode result = Json.object();
      result.put("from", source.name()).put("to", target.name());
      result.put("in", in.toString()).put("out", out.toString());
      result.put("architecture", weights.activation().architecture());
      ArrayNode lines = result.putArray("notes");
      notes.forEach(lines::add);
      console.print(Json.line(result));
    } else {
      console.print(out.toString());
      console.say(
          "%s of %,d features from %s to %s%s"
              .formatted(
                  weights.kind(),
                  weights.features(),
                  source.name(),
                  target.name(),
                  notes.isEmpty() ? ", every weight bit for bit" : ""));
      notes.forEach(console::say);
    }
    return 0;
  }

  private SaeFormat named(String option, String name) {
    try {
      return SaeFormats.named(name);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(), option + ": " + unknown.getMessage(), unknown);
    }
  }
}
