// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Families of transformers, written as ONNX graphs over the weights of a Hugging Face checkpoint:
/// what an exporter would produce, without the exporter, with a name for every hook point.
///
/// A family is one file that implements [sae4j.backends.onnxruntime.families.ModelFamily] and one
/// line in [sae4j.backends.onnxruntime.families.ModelFamilies].
@NullMarked
package sae4j.backends.onnxruntime.families;

import org.jspecify.annotations.NullMarked;
