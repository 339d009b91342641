// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What is read before it is asked for, by a thread of its own and in bounded memory.
@NullMarked
package sae4j.activations.text.ahead;

import org.jspecify.annotations.NullMarked;
