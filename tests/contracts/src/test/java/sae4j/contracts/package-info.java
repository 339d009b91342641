// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The contract held to its own word: it passes on plain loops and on a recorder, catches planted
/// bugs, and its bounds are neither too tight nor too wide.
@NullMarked
package sae4j.contracts;

import org.jspecify.annotations.NullMarked;
