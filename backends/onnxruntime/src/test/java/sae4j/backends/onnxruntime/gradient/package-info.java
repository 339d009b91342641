// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

@NullMarked
package sae4j.backends.onnxruntime.gradient;

import org.jspecify.annotations.NullMarked;
