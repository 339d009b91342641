// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The program under damaged files, kills, full disks and odd options, all drawn from a seed. A
/// failure names the seed and the case, and keeps its files.
@NullMarked
package sae4j.fuzzing;

import org.jspecify.annotations.NullMarked;
