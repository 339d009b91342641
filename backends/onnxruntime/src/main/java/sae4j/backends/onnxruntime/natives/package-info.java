// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Native code: which build of ONNX Runtime is loaded, what its libraries are told before their
/// first class is loaded, and what the machine has to run them on.
@NullMarked
package sae4j.backends.onnxruntime.natives;

import org.jspecify.annotations.NullMarked;
