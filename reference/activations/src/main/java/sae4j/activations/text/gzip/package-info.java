// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Gzip files read to their last byte.
@NullMarked
package sae4j.activations.text.gzip;

import org.jspecify.annotations.NullMarked;
