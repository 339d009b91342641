// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The program `sae`: [sae4j.cli.SaeProgram] finds the command and runs it. The commands are in
/// [sae4j.cli.commands], [sae4j.cli.runs] and [sae4j.cli.sweeps], the options that they share in
/// [sae4j.cli.options], and how they speak in [sae4j.cli.terminal].
@NullMarked
package sae4j.cli;

import org.jspecify.annotations.NullMarked;
