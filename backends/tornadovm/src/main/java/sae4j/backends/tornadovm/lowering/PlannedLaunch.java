// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import java.util.List;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Kernel;

/// A launch whose scalars have their place.
///
/// @param count iterations of the kernel's loop, or groups with work to do
/// @param group threads of a group at most; 1 for a loop
/// @param sizes the kernel's first argument
/// @param arguments the kernel's other arguments
public record PlannedLaunch(
    Kernel kernel, int count, int group, int[] sizes, List<Memory<?>> arguments) {}
