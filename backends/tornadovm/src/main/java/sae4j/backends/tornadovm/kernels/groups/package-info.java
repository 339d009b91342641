// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Kernels whose threads work in groups that share memory and wait for each other.
///
/// The one idea: such a kernel is written against [WorkGroup], whose members have the names of
/// TornadoVM's `KernelContext`. On the JVM a group is a few threads that take turns. For a device,
/// the module `device` compiles the same source with `KernelContext` in the place of [WorkGroup].
@NullMarked
package sae4j.backends.tornadovm.kernels.groups;

import org.jspecify.annotations.NullMarked;
