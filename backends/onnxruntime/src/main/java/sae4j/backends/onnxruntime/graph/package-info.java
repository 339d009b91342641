// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// ONNX graphs as values: built operation by operation, and cut between given tensors. Weights are
/// named by where they lie, and their bytes are not read.
@NullMarked
package sae4j.backends.onnxruntime.graph;

import org.jspecify.annotations.NullMarked;
