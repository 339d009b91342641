// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The SAE architectures, a file each.
@NullMarked
package sae4j.saes.architectures;

import org.jspecify.annotations.NullMarked;
