// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Commands that judge SAEs by a truth that is known: the features of a toy model, those of a
/// synthetic world, and what Java's compiler knows about Java text.
@NullMarked
package sae4j.cli.commands.truth;

import org.jspecify.annotations.NullMarked;
