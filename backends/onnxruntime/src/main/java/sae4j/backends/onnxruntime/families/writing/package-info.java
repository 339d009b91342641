// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Writes the ONNX graph that the description of a transformer stands for.
@NullMarked
package sae4j.backends.onnxruntime.families.writing;

import org.jspecify.annotations.NullMarked;
