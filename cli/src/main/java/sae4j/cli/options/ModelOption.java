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

/// `--model`: a language model.
public final class ModelOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description =
          "The language model: a Hugging Face folder (GPT-2, GPT-NeoX, Llama), an ONNX file, or"
              + " java-gpt2-tiny, which is built in (default: the one the SAE was trained on).")
  private @Nullable String model;

  /// Whether one was given.
  public boolean given() {
    return model != null;
  }

  /// Opens the model that was given, or else the one an SAE was trained on.
  ///
  /// @throws ParameterException if neither is known
  /// @throws IOException if it cannot be read
  public LanguageModel open(Origin origin) throws IOException {
    String chosen = model == null ? origin.modelName() : model;
    if (chosen == null) {
      throw new ParameterException(
          spec.commandLine(), "--model is missing and the SAE does not say; give --model");
    }
    return LanguageModels.open(chosen);
  }
}
