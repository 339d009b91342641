// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What a step records.
///
/// The one idea: inside a step an operation is not run but written down as an [Operation], which is
/// a value. What an operation becomes is decided later, and may be decided again: if codes overflow
/// their capacity, the same [Recording] becomes another program.
@NullMarked
package sae4j.backends.tornadovm.recording;

import org.jspecify.annotations.NullMarked;
