// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Which values are on the device at present, and when they move.
///
/// The one idea: values live in one place at a time. A [Slot] is an array on the device that holds
/// a version of a parameter. What a run has changed is newest in its slot, and is downloaded only
/// when somebody reads it or a program needs it elsewhere. Large parameters have a slot of their
/// own ([ResidentParameters]), and an [Input] moves ahead of the run that needs it.
@NullMarked
package sae4j.backends.tornadovm.residence;

import org.jspecify.annotations.NullMarked;
