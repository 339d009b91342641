// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What executes launches.
///
/// The one idea: an [Engine] is a device with memory of its own. The engine compiles a [Blueprint],
/// which is a sequence of [KernelCall]s with the arrays that they work on, and gives back an
/// [Executable]. TornadoVM's engine is in the module `device`, which is built only where TornadoVM
/// is. [HostEngine] is the JVM as a device, so that the same kernels are tested anywhere.
@NullMarked
package sae4j.backends.tornadovm.engine;

import org.jspecify.annotations.NullMarked;
