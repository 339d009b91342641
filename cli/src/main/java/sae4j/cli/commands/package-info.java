// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Commands, a class each: a thin layer of options, words and files over the library. A command
/// that needs several classes of its own has a room: dashboards and truth below, `sae train` in
/// [sae4j.cli.runs], `sae sweep` in [sae4j.cli.sweeps].
@NullMarked
package sae4j.cli.commands;

import org.jspecify.annotations.NullMarked;
