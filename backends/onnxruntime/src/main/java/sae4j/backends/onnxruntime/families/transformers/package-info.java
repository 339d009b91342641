// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The families, a file each, named as the transformers library names their models.
@NullMarked
package sae4j.backends.onnxruntime.families.transformers;

import org.jspecify.annotations.NullMarked;
