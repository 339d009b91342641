// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.io.IOException;
import java.util.List;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;

/// Chooses the family that a `config.json` names.
public final class ModelFamilies {
  private static final List<ModelFamily> ALL = List.of(new Gpt2(), new GptNeoX(), new Llama());

  private ModelFamilies() {}

  /// Writes the graph of a checkpoint.
  ///
  /// @param cached whether the graph has a key-value cache
  /// @throws FormatException if no family covers the `model_type` or its variant, if the weights
  ///     are quantised, if a tensor does not fit the configuration, or if the graph has no place
  ///     for one
  public static LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws IOException {
    List<String> types = ALL.stream().flatMap(family -> family.modelTypes().stream()).toList();
    String type = config.word("model_type", "", types);
    config.requirePlainWeights();
    weights.requirePlain();
    ModelFamily family =
        ALL.stream().filter(each -> each.modelTypes().contains(type)).findFirst().orElseThrow();
    LanguageGraph graph = family.write(config, weights, cached);
    UnreadTensors.refuse(weights, graph.model().graph().weights().values());
    return graph.withHead(graph.hasHead() && !UnreadTensors.classify(weights));
  }
}
