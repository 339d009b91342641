// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.io.IOException;
import java.util.List;

/// A way of opening language models, found through [java.util.ServiceLoader]. Implementations are
/// thin: their constructor and [#availability] load no native code, so that a missing library is a
/// line for the user and not a stack trace.
public interface ModelProvider {
  /// Whether a model reads a document-start token before each document.
  enum StartPolicy {
    /// If its tokenizer would put one there.
    AUTO,
    /// Yes, even if its tokenizer would not.
    ADD,
    /// No.
    NONE
  }

  /// Where a model is to compute.
  enum Device {
    /// On the processor, in float32.
    CPU,
    /// On the first NVIDIA GPU. Products with half precision weights are taken in half precision
    /// there.
    CUDA,
    /// On the GPU, if there is one that can be used, and else on the processor.
    AUTO
  }

  /// The provider's name, lower case: `onnxruntime`.
  String name();

  /// Whether [#open] can work here.
  ModelAvailability availability();

  /// The models that come with the provider and are opened by name, the default first.
  List<String> embedded();

  /// Opens a model.
  ///
  /// @param model one of [#embedded], or the path of a model folder or file
  /// @param policy what the model reads at the start of a document
  /// @param device where it computes
  /// @return the model; the caller closes it
  /// @throws IOException if nothing can be read there, or if what is there is not a model this
  ///     provider understands, or if it cannot compute there
  LanguageModel open(String model, StartPolicy policy, Device device) throws IOException;
}
