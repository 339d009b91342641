// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Text that Zstandard has packed.
@NullMarked
package sae4j.activations.text.zstd;

import org.jspecify.annotations.NullMarked;
