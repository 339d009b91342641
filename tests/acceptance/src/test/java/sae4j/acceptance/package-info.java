// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The program as a user runs it: through its launcher, as a process, judged by what it prints,
/// writes and returns.
@NullMarked
package sae4j.acceptance;

import org.jspecify.annotations.NullMarked;
