package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JavaSources;
import sae4j.activations.text.TextPaths;

/// `--text` and `--documents`: what a language model reads.
public final class TextOption {
  private static final long SEED = 1;
  private static final Pattern RANGE = Pattern.compile("(\\d{0,9}):(\\d{0,9})");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--text",
      paramLabel = "PATH",
      arity = "1..*",
      split = "\n",
      description =
          "Text files and folders. A .jsonl file has a document in the \"text\" of each line, any"
              + " other is one document; .gz and .zst are unpacked; a folder stands for the .java,"
              + " .txt, .md and .jsonl files below it (default: the Java sources on this machine,"
              + " in a random order that stays the same).")
  private List<Path> text = new ArrayList<>();

  @Option(
      names = "--documents",
      paramLabel = "FROM:TO",
      description =
          "Of these documents only those from FROM, counted from 0, up to, not including, TO;"
              + " either may be left out. So one text serves for training and for judging.")
  private @Nullable String documents;

  /// Whether a text was named.
  public boolean given() {
    return !text.isEmpty();
  }

  /// The text.
  ///
  /// @throws ParameterException if `--documents` is no range
  /// @throws IOException if there is none
  public DocumentSource source() throws IOException {
    if (documents == null) {
      return all();
    }
    Matcher range = RANGE.matcher(documents);
    Parameters.require(
        spec, range.matches(), "--documents", documents, "write it as FROM:TO, as 0:200 or 200:");
    long from = range.group(1).isEmpty() ? 0 : Long.parseLong(range.group(1));
    long to = range.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(range.group(2));
    Parameters.require(spec, from < to, "--documents", documents, "FROM must be less than TO");
    return all().slice(from, to);
  }

  private DocumentSource all() throws IOException {
    return text.isEmpty() ? JavaSources.onThisMachine(SEED, Path.of("")) : new TextPaths(text);
  }
}
