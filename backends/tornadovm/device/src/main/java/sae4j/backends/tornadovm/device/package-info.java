// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The engine that is TornadoVM. No other package knows TornadoVM's types, so only this one needs
/// an SDK to be built.
///
/// The one idea: a graph of kernel calls is one or several `TaskGraph`s of TornadoVM. Arrays that
/// stay on the device belong to further graphs whose only work is to hold and to move them.
@NullMarked
package sae4j.backends.tornadovm.device;

import org.jspecify.annotations.NullMarked;
