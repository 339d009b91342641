// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What decoder-only transformers are made of, as plain descriptions: norms, attention, MLPs,
/// positions, and the [sae4j.backends.onnxruntime.families.parts.Transformer] that they form.
@NullMarked
package sae4j.backends.onnxruntime.families.parts;

import org.jspecify.annotations.NullMarked;
