// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What lies in a Hugging Face folder: the configuration and the weights.
@NullMarked
package sae4j.backends.onnxruntime.families.checkpoint;

import org.jspecify.annotations.NullMarked;
