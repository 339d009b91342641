// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JavaSources;
import sae4j.activations.text.TextPaths;
import sae4j.activations.text.TextRules;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.activations.text.fields.Chats;
import sae4j.cli.inputs.HubFiles;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.types.DocumentRange;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.PathName;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Console;
import sae4j.files.hub.HubName;
import sae4j.files.hub.RepositoryKind;

/// `--text` and `--documents`: what a language model reads.
public final class TextOption {
  /// The options that say how a text is read that was named.
  public static final Applicability OF_A_TEXT =
      Applicability.table()
          .only(
              Condition.with("--text"),
              "--text-field",
              "--subset",
              "--split",
              "--chat-template",
              "--strict-text",
              "--max-unpacked");

  private static final long SEED = 1;

  /// What stands between the values of an option where a run keeps several: no name has it in it.
  public static final String BETWEEN = "\u0000";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--text",
      paramLabel = "PATH",
      arity = "1..*",
      split = TextOption.BETWEEN,
      converter = TextName.class,
      description =
          "Text files and folders, and data sets on the Hugging Face hub"
              + " (hf://datasets/OWNER/NAME[@REVISION][/PATH], which are fetched). A .jsonl file"
              + " has a document in the \"text\" of each line, or in its \"content\" or"
              + " \"messages\"; a .json file has an array of such objects; a .parquet file has them"
              + " in columns. Any other file is one document. Files that end in .gz or .zst are"
              + " unpacked. A folder stands for the .java files below it, each from its package"
              + " line on, and its .txt, .md and .jsonl files; the folder of a Hugging Face data"
              + " set, for a split of it (default: the Java sources on this machine, in a shuffled"
              + " order that stays the same).")
  private List<Path> text = new ArrayList<>();

  @Option(
      names = "--text-field",
      paramLabel = "NAME",
      converter = FieldName.class,
      description =
          "The field of JSON objects, or the column, that holds the text, or the messages of a"
              + " chat (default: text, else content, messages or conversations).")
  private @Nullable String field;

  @Option(
      names = "--subset",
      paramLabel = "NAME",
      description =
          "The subset to read where --text is a data set that has several (default:"
              + " the one that its README.md makes the default).")
  private @Nullable String subset;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description =
          "The split to read where --text is a data set (default: train, or the only one).")
  private @Nullable String split;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE",
      description =
          "The chat template, in Jinja, by which messages become a text; none joins them by blank"
              + " lines, without roles (default: the template of the model's tokenizer).")
  private @Nullable String chatTemplate;

  @Option(
      names = "--strict-text",
      description =
          "Stop at the first JSON line or row that holds no text (default: they are passed over and"
              + " counted).")
  private boolean strict;

  @Option(
      names = "--max-unpacked",
      paramLabel = "MIB",
      converter = Numbers.Mebibytes.class,
      description =
          "The most that a .gz, .zst or .parquet file may unpack to (default: 256 MiB, or 100 times"
              + " its size where that is more).")
  private @Nullable Long maxUnpacked;

  @Option(
      names = "--documents",
      paramLabel = "FROM:TO",
      converter = DocumentRange.Converter.class,
      description =
          "Only the documents from number FROM up to, but not including, number TO. The first has"
              + " number 0, and either number may be left out. Use it to train on one part of a"
              + " text and evaluate on another.")
  private @Nullable DocumentRange documents;

  /// The name of a field.
  static final class FieldName implements ITypeConverter<String> {
    @Override
    public String convert(String name) {
      if (name.isEmpty()) {
        throw Refusal.of(name, "name a field of the JSON objects");
      }
      return name;
    }
  }

  /// A path, or the name of a data set on the hub.
  static final class TextName implements ITypeConverter<Path> {
    @Override
    public Path convert(String word) {
      if (HubName.hasScheme(word) && !isDataset(word)) {
        throw Refusal.of(word, "write hf://datasets/OWNER/NAME[@REVISION][/PATH]");
      }
      return new PathName().convert(word);
    }

    private static boolean isDataset(String word) {
      try {
        return HubName.parse(word).kind() == RepositoryKind.DATASET;
      } catch (IllegalArgumentException noName) {
        return false;
      }
    }
  }

  private final Set<String> said = new HashSet<>();

  /// Whether a text was named.
  public boolean given() {
    return !text.isEmpty();
  }

  /// The text.
  ///
  /// @throws IOException if there is none
  public DocumentSource source() throws IOException {
    DocumentSource all;
    if (text.isEmpty()) {
      requireText(field == null, "--text-field", field);
      requireText(subset == null, "--subset", subset);
      requireText(split == null, "--split", split);
      requireText(chatTemplate == null, "--chat-template", chatTemplate);
      requireText(!strict, "--strict-text", "given");
      requireText(maxUnpacked == null, "--max-unpacked", maxUnpacked);
      all = JavaSources.onThisMachine(SEED, Path.of(""));
    } else {
      DatasetPart part = new DatasetPart(subset, split);
      text = fetched(part);
      all =
          new TextPaths(
              text,
              new TextRules(
                  field,
                  maxUnpacked == null ? null : maxUnpacked << 20,
                  strict,
                  part,
                  chats(),
                  this::say));
    }
    return documents == null ? all : documents.of(all);
  }

  /// The text with what stands on the hub in the cache, at the commit that it is now: so it is
  /// recorded, and what is read stays the same when the hub goes on.
  private List<Path> fetched(DatasetPart part) throws IOException {
    List<Path> fetched = new ArrayList<>();
    for (Path path : text) {
      fetched.add(
          HubName.hasScheme(path.toString())
              ? Path.of(
                  HubFiles.dataset(
                          Console.of(spec), HubName.parse(path.toString()), part, this::say)
                      .toString())
              : path);
    }
    return fetched;
  }

  private Chats chats() {
    if (chatTemplate == null) {
      return Chats.own();
    }
    return chatTemplate.equals("none") ? Chats.joined() : Chats.file(Path.of(chatTemplate));
  }

  private void requireText(boolean holds, String option, @Nullable Object value) {
    Refusal.unless(holds, spec, option, String.valueOf(value), "it needs --text; give both");
  }

  /// A text may be read several times; a user is told once.
  private void say(String line) {
    if (said.add(line)) {
      Console.of(spec).say(line);
    }
  }
}
