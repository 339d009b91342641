// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.weights.Origin;

/// `--model`: a language model. What stands in for it where it is not given depends on the command.
public abstract sealed class ModelOption {
  /// The model that is built in.
  public static final String BUILT_IN = "java-gpt2-tiny";

  private static final String NAME = "--model";
  private static final String MEANING =
      "The language model: a Hugging Face folder (GPT-2, GPT-NeoX or Llama), an ONNX file, or the"
          + " built-in "
          + BUILT_IN;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  private ModelOption() {}

  abstract @Nullable String model();

  /// Whether one was given.
  public boolean given() {
    return model() != null;
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
    return LanguageModels.open(chosen);
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
