// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

@NullMarked
package sae4j.activations.text.ahead;

import org.jspecify.annotations.NullMarked;
