// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Folders that a command writes: whose they are, who is at work in them, and what may be replaced.
@NullMarked
package sae4j.files.output;

import org.jspecify.annotations.NullMarked;
