// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The safetensors format: a JSON header, then the bytes of the tensors.
///
/// [sae4j.files.safetensors.Safetensors] reads a file and writes one tensor after another.
/// [sae4j.files.safetensors.GrowingTensors] writes several tensors side by side.
@NullMarked
package sae4j.files.safetensors;

import org.jspecify.annotations.NullMarked;
