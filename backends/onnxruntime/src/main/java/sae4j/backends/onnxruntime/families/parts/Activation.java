// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.files.FormatException;

/// The activation function of an MLP, found by the names that the transformers library has for it.
public enum Activation {
  /// x · Φ(x).
  GELU,
  /// ½x · (1 + tanh(√(2/π) · (x + 0.044715x³))).
  GELU_TANH,
  /// max(x, 0).
  RELU,
  /// x · σ(x).
  SILU;

  private static final SortedMap<String, Activation> NAMED =
      new TreeMap<>(
          Map.of(
              "gelu", GELU,
              "gelu_new", GELU_TANH,
              "gelu_fast", GELU_TANH,
              "gelu_pytorch_tanh", GELU_TANH,
              "relu", RELU,
              "silu", SILU,
              "swish", SILU));

  /// The function that a field of the configuration names.
  ///
  /// @param otherwise what it names where the field is missing
  /// @throws FormatException if it is none of these
  public static Activation of(ModelConfig config, String key, String otherwise)
      throws FormatException {
    String name = config.word(key, otherwise, List.copyOf(NAMED.keySet()));
    return Objects.requireNonNull(NAMED.get(name));
  }
}
