package sae4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.models.HookPoint;
import sae4j.activations.models.LanguageModel;
import sae4j.activations.models.LanguageModels;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JavaSources;
import sae4j.activations.text.SourceTree;
import sae4j.activations.text.TextFiles;
import sae4j.training.files.Origin;

/// `--model`, `--hook`, `--text`, `--tokens`: activations that a language model makes of text, here
/// and now.
public final class TextOptions {
  private static final long SEED = 1;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description =
          "Let this language model read text: a model folder or file, or java-gpt2-tiny, which is"
              + " built in.")
  private @Nullable String model;

  @Option(
      names = "--hook",
      paramLabel = "NAME",
      description = "Where in the model to look (default: where the SAE says it was trained).")
  private @Nullable String hook;

  @Option(
      names = "--text",
      paramLabel = "PATH",
      description =
          "A text file, a .jsonl file, or a folder of Java sources (default: the Java sources on"
              + " this machine).")
  private @Nullable Path text;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "20000",
      description = "How much to read (default: ${DEFAULT-VALUE}).")
  private long tokens;

  /// Whether text is to be read.
  boolean given() {
    return model != null || text != null;
  }

  /// Lets the model read.
  ///
  /// @param origin what the SAE says about its activations; stands in for options that were not
  ///     given
  ModelReading read(Origin origin, Console console) throws IOException {
    Parameters.require(spec, tokens >= 1, "--tokens", tokens, "it must be 1 or more");
    String modelName = chosen(model, origin.modelName(), "--model");
    HookPoint point = hookPoint(chosen(hook, origin.hookName(), "--hook"));
    DocumentSource source = source();
    try (LanguageModel opened = LanguageModels.open(modelName)) {
      return ModelReading.of(console, opened, point, source, tokens);
    }
  }

  private String chosen(@Nullable String given, @Nullable String recorded, String option) {
    String chosen = given == null ? recorded : given;
    if (chosen == null) {
      throw new ParameterException(
          spec.commandLine(), option + " is missing and the SAE does not say; give " + option);
    }
    return chosen;
  }

  private HookPoint hookPoint(String name) {
    try {
      return HookPoint.parse(name);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(), unknown.getMessage() + "; correct --hook", unknown);
    }
  }

  private DocumentSource source() throws IOException {
    if (text == null) {
      return JavaSources.onThisMachine(SEED, Path.of(""));
    }
    if (!Files.exists(text)) {
      throw new NoSuchFileException(text.toString());
    }
    return Files.isDirectory(text) ? new SourceTree(text) : new TextFiles(List.of(text));
  }
}
