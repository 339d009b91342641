// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// ONNX files: from protobuf messages to graphs and back. The weights stay where they lie in their
/// files, and only the part of the format that language models use is covered.
@NullMarked
package sae4j.backends.onnxruntime.protobuf;

import org.jspecify.annotations.NullMarked;
