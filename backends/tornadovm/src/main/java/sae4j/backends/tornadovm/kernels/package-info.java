// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The arithmetic of the TornadoVM backend, as loops that need nothing but Java.
///
/// The one idea: a kernel is a static method over plain arrays whose [Parallel] loop may run in any
/// order. The same method is a device's kernel when TornadoVM compiles it, and an ordinary loop
/// when a test calls it. A kernel reads every size and stride from the int array `s`, so one
/// compilation serves every shape.
@NullMarked
package sae4j.backends.tornadovm.kernels;

import org.jspecify.annotations.NullMarked;
