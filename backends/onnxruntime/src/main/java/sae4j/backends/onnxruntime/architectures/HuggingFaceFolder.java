package sae4j.backends.onnxruntime.architectures;

import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;

/// Chooses the family that a `config.json` names.
public final class HuggingFaceFolder {
  private HuggingFaceFolder() {}

  /// Writes the graph of a checkpoint.
  ///
  /// @param cached whether the graph has a key-value cache
  /// @throws FormatException if the family, or its variant, is none of those covered, or if a
  ///     tensor does not fit the configuration
  public static LanguageGraph write(Config config, Checkpoint checkpoint, boolean cached)
      throws FormatException {
    return switch (config.word("model_type", "")) {
      case "gpt2" -> Gpt2.write(config, checkpoint, cached);
      case "gpt_neox" -> GptNeoX.write(config, checkpoint, cached);
      case "llama", "mistral", "qwen2", "qwen3" -> Llama.write(config, checkpoint, cached);
      default ->
          throw config.unsupported("model_type", "gpt2, gpt_neox, llama, mistral, qwen2, qwen3");
    };
  }
}
