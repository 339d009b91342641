// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;

/// A family of language models that share one graph. A new family is a class that implements this
/// interface and a line in [ModelFamilies].
interface ModelFamily {
  /// The values of `model_type` in a `config.json` that name this family.
  List<String> modelTypes();

  /// Writes the graph of a checkpoint.
  ///
  /// @param cached whether the graph takes and returns the keys and values of earlier tokens
  /// @throws FormatException if the configuration asks for a variant that the graph does not cover,
  ///     or if a tensor is missing or has another shape
  LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws FormatException;
}
