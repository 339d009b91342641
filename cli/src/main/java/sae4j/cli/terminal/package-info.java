// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// How the program speaks. What a command finds out goes to standard output, for people as lines
/// and tables, for machines as JSON; everything said on the way, and the one line about a failure,
/// goes to standard error. Here is also what it says of itself, version and machine, and how it
/// hears Ctrl-C.
@NullMarked
package sae4j.cli.terminal;

import org.jspecify.annotations.NullMarked;
