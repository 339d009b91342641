// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import java.util.stream.Collectors;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;

/// Chooses the family that a `config.json` names.
public final class ModelFamilies {
  private static final List<ModelFamily> ALL = List.of(new Gpt2(), new GptNeoX(), new Llama());

  private ModelFamilies() {}

  /// Writes the graph of a checkpoint.
  ///
  /// @param cached whether the graph has a key-value cache
  /// @throws FormatException if no family covers the `model_type` or its variant, or if a tensor
  ///     does not fit the configuration
  public static LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws FormatException {
    String type = config.text("model_type", "");
    for (ModelFamily family : ALL) {
      if (family.modelTypes().contains(type)) {
        return family.write(config, weights, cached);
      }
    }
    throw config.unsupported(
        "model_type",
        ALL.stream()
            .flatMap(family -> family.modelTypes().stream())
            .collect(Collectors.joining(", ")));
  }
}
