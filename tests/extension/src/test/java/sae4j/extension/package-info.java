// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Architectures that the library does not know: what somebody else's jar would bring.
@NullMarked
package sae4j.extension;

import org.jspecify.annotations.NullMarked;
