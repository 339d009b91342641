// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What the program is to the system: a process with signals and standard streams.
@NullMarked
package sae4j.cli.process;

import org.jspecify.annotations.NullMarked;
