// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.checkpoint.UnreadTensors;
import sae4j.backends.onnxruntime.families.writing.DecoderWriter;
import sae4j.backends.onnxruntime.families.writing.Precision;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;

/// Chooses the family that a `config.json` names.
public final class ModelFamilies {
  private static final List<ModelFamily> ALL =
      ServiceLoader.load(ModelFamily.class, ModelFamily.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private ModelFamilies() {}

  /// The values of `model_type` that are covered, in the order of the alphabet.
  public static List<String> modelTypes() {
    return ALL.stream().flatMap(family -> family.modelTypes().stream()).sorted().toList();
  }

  /// Writes the graph of a checkpoint that computes in float32.
  ///
  /// @see #write(ModelConfig, ModelWeights, Precision, boolean)
  public static LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws IOException {
    return write(config, weights, Precision.FLOAT32, cached);
  }

  /// Writes the graph of a checkpoint.
  ///
  /// @param precision what products with its matrices are taken in
  /// @param cached whether the graph has a key-value cache
  /// @throws FormatException if no family covers the `model_type` or its variant, if the weights
  ///     are quantised, if a tensor does not fit the configuration, or if the graph has no place
  ///     for one
  public static LanguageGraph write(
      ModelConfig config, ModelWeights weights, Precision precision, boolean cached)
      throws IOException {
    String type = config.word("model_type", "", modelTypes());
    config.requirePlainWeights();
    weights.requirePlain();
    ModelFamily family =
        ALL.stream().filter(each -> each.modelTypes().contains(type)).findFirst().orElseThrow();
    LanguageGraph graph =
        DecoderWriter.write(family.describe(config, weights), weights, precision, cached);
    UnreadTensors.refuse(weights, graph.model().graph().weights().values(), family::leavesOut);
    return graph.withHead(graph.hasHead() && !UnreadTensors.classify(weights));
  }
}
