// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// ONNX files that an exporter wrote, understood as language models: where the residual stream
/// runs, whatever the tensors are called.
@NullMarked
package sae4j.backends.onnxruntime.exported;

import org.jspecify.annotations.NullMarked;
