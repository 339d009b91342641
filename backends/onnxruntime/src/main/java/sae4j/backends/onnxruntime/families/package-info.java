// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Hugging Face checkpoints as ONNX graphs over their weights: what an exporter would produce,
/// without the exporter, with a name for every hook point.
///
/// [sae4j.backends.onnxruntime.families.ModelFamilies] chooses the family that a `config.json`
/// names. The family describes the model by [sae4j.backends.onnxruntime.families.parts], and
/// [sae4j.backends.onnxruntime.families.writing] writes the graph. A family is one file and one
/// line.
@NullMarked
package sae4j.backends.onnxruntime.families;

import org.jspecify.annotations.NullMarked;
