// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.files.FormatException;

/// A family of language models. A new one is a class that implements this interface and a line in
/// `META-INF/services/sae4j.backends.onnxruntime.families.ModelFamily`.
public interface ModelFamily {
  /// The values of `model_type` in a `config.json` that name this family.
  List<String> modelTypes();

  /// Describes the model of a checkpoint.
  ///
  /// @throws FormatException if the configuration asks for a variant that is not covered, or if the
  ///     weights contradict it
  Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException;

  /// Whether a tensor belongs to a part of the model that reads no text, and is left out.
  default boolean leavesOut(String tensor) {
    return false;
  }
}
