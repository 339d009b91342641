// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.inputs.HubFiles;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ShellWord;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.ModelProvider;
import sae4j.models.ModelProvider.StartPolicy;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.TokensRead;

/// `--model`: a language model. What stands in for it where it is not given depends on the command.
public abstract sealed class ModelOption {
  /// The model that is built in.
  public static final String BUILT_IN = "java-gpt2-tiny";

  private static final String NAME = "--model";
  private static final String MEANING =
      "The language model: a Hugging Face folder of a family that docs/models.md names, its name on"
          + " the hub (OWNER/NAME, which is fetched), an ONNX file, or the built-in "
          + BUILT_IN;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--bos",
      paramLabel = "WHETHER",
      converter = Start.class,
      defaultValue = "auto",
      description =
          "Whether the model reads a document-start token before each document: add, none, or auto"
              + " for what the SAE was trained with, where its file says so, and else for what the"
              + " model's tokenizer does (default: ${DEFAULT-VALUE}).")
  private StartPolicy start = StartPolicy.AUTO;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      converter = Device.class,
      defaultValue = "cpu",
      description =
          "Where the model computes: cpu, cuda (an NVIDIA GPU), or auto for cuda where it can be"
              + " used (default: ${DEFAULT-VALUE}).")
  private ModelProvider.Device device = ModelProvider.Device.CPU;

  private ModelOption() {}

  /// Reads a device.
  static final class Device implements ITypeConverter<ModelProvider.Device> {
    @Override
    public ModelProvider.Device convert(String text) {
      return switch (text) {
        case "cpu" -> ModelProvider.Device.CPU;
        case "cuda" -> ModelProvider.Device.CUDA;
        case "auto" -> ModelProvider.Device.AUTO;
        default -> throw Refusal.of(text, "choose cpu, cuda or auto");
      };
    }
  }

  /// Reads a policy. `keep` and `drop` were values of an option of this name that says now what is
  /// kept.
  static final class Start implements ITypeConverter<StartPolicy> {
    @Override
    public StartPolicy convert(String text) {
      return switch (text) {
        case "auto" -> StartPolicy.AUTO;
        case "add" -> StartPolicy.ADD;
        case "none" -> StartPolicy.NONE;
        case "keep" ->
            throw Refusal.of(text, "it says what the model reads; to keep rows: --drop none");
        case "drop" ->
            throw Refusal.of(text, "it says what the model reads; to drop rows: --drop starts");
        default -> throw Refusal.of(text, "choose auto, add or none");
      };
    }
  }

  abstract @Nullable String model();

  /// Whether one was given.
  public boolean given() {
    return model() != null;
  }

  /// As it was given, for a line that a user may run next: with a blank in front, or nothing.
  public String asWords() {
    String given = model();
    return given == null ? "" : " --model " + ShellWord.of(given);
  }

  /// Opens the model that was given, or else the one an SAE was trained on.
  ///
  /// @throws ParameterException if neither is known
  /// @throws IOException if it cannot be read
  public LanguageModel open(Origin origin) throws IOException {
    String given = model();
    String chosen = given == null ? origin.modelName() : given;
    if (chosen == null) {
      throw new ParameterException(
          spec.commandLine(), "--model is missing and the SAE does not say; give --model");
    }
    if (given != null) {
      HubFiles.prepare(Console.of(spec), given);
    }
    LanguageModel opened = LanguageModels.open(chosen, policy(origin.tokensRead()), device);
    opened.notes().forEach(this::say);
    return opened;
  }

  private StartPolicy policy(TokensRead trained) {
    Boolean startsDocuments = trained.startsDocuments();
    if (start != StartPolicy.AUTO || startsDocuments == null) {
      return start;
    }
    if (!startsDocuments) {
      say("documents have no start token, because the SAE was trained without; --bos changes it");
    }
    return startsDocuments ? StartPolicy.ADD : StartPolicy.NONE;
  }

  private void say(String line) {
    Console.of(spec).say(line);
  }

  /// Of a command that has an SAE.
  public static final class OfSae extends ModelOption {
    @Option(
        names = NAME,
        paramLabel = "MODEL",
        description = MEANING + " (default: the one that the SAE was trained on).")
    private @Nullable String model;

    @Override
    @Nullable String model() {
      return model;
    }
  }

  /// Of a command that has no SAE yet, and takes the built-in model where none is given.
  public static final class OrBuiltIn extends ModelOption {
    @Option(
        names = NAME,
        paramLabel = "MODEL",
        description = MEANING + " (default: " + BUILT_IN + ").")
    private @Nullable String model;

    @Override
    @Nullable String model() {
      return model;
    }

    /// Opens the model that was given, or else the built-in one.
    public LanguageModel open() throws IOException {
      return open(new Origin(BUILT_IN, null));
    }
  }
}
