// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// How work divides over the processor: threads that share the tasks of a loop, and the lanes of a
/// vector.
@NullMarked
package sae4j.backends.vector.parallel;

import org.jspecify.annotations.NullMarked;
