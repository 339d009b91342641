// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Kernel;

/// One launch of a kernel, with each size and each memory by name.
public sealed interface Launch
    permits ElementwiseLaunch,
        ReductionLaunch,
        ProductLaunch,
        CodesLaunch,
        CodesByFeatureLaunch,
        TopKLaunch,
        BatchTopKLaunch,
        UpdateLaunch {
  /// At which position of the sizes a kernel that takes scalars finds the index of the first one.
  int SCALARS = 8;

  /// The kernel.
  Kernel kernel();

  /// How many iterations the kernel's loop has, or how many groups have work to do.
  long count();

  /// Threads of a group, a power of two; a device may have to take fewer. 1 for a loop.
  default int group() {
    return 1;
  }

  /// The kernel's first argument: sizes and strides.
  int[] sizes();

  /// Scalars that may change from step to step, such as a learning rate. The kernel takes them in
  /// an array of its own, and so one compilation serves all steps.
  default double[] scalars() {
    return new double[0];
  }

  /// The memories that the kernel takes behind sizes and scalars, in this order.
  List<Memory<?>> memories();
}
