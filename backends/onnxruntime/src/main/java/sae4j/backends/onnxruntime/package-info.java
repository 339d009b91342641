// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Language models on ONNX Runtime: sessions for parts of a graph between hook points, and the
/// tokenizers of the models.
@NullMarked
package sae4j.backends.onnxruntime;

import org.jspecify.annotations.NullMarked;
