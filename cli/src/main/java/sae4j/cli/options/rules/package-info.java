// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Which options go together. Each command has a table that says under which choice an option has
/// an effect; a command line is held to it in one place, after parsing and before anything is
/// opened.
@NullMarked
package sae4j.cli.options.rules;

import org.jspecify.annotations.NullMarked;
