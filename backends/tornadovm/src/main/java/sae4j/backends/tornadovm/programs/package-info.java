// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Running a lowered step.
///
/// The one idea: launches are planned over slots without sizes ([MemoryPlan]), so that one compiled
/// [Program] serves every step that differs in sizes and scalars only. [ProgramCache] keeps the
/// programs, and [Programs] lowers a recording again if its codes have overflowed.
@NullMarked
package sae4j.backends.tornadovm.programs;

import org.jspecify.annotations.NullMarked;
