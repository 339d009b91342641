// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What a launch of each kernel needs.
///
/// The one idea: a [Launch] is a record with a component for each size and for each memory of its
/// kernel, so a missing one does not compile, nor does a memory with elements of another type. Only
/// the record knows at which position the kernel reads it. The sealed interfaces group the launches
/// as the kernel classes group the kernels.
@NullMarked
package sae4j.backends.tornadovm.launches;

import org.jspecify.annotations.NullMarked;
