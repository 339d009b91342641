// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Which kernels there are.
///
/// The one idea: a [Kernel] is a constant that stands for one method of the package `kernels`.
/// Recordings, launches and engines name a kernel by the constant. Kernels that are used alike form
/// an enum of their own, which says what else must be known of them.
@NullMarked
package sae4j.backends.tornadovm.registry;

import org.jspecify.annotations.NullMarked;
