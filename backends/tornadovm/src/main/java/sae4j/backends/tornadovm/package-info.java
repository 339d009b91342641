// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Training steps as one graph of kernels on a device.
///
/// The one idea: inside [sae4j.tensor.Backend#step] operations are recorded instead of being run.
/// When the step ends, lowering turns them into kernel launches over planned memory. The launches
/// are compiled once for each sequence and kept. Parameters and moments stay on the device from
/// step to step, a batch goes in, and a few scalars come out. Outside of a step each operation is
/// such a graph by itself.
///
/// This package holds the backend and its provider, and each part of the way has a package of its
/// own: `recording`, `lowering`, `launches`, `programs`, `residence`, `engine`. The arithmetic is
/// in `kernels`.
@NullMarked
package sae4j.backends.tornadovm;

import org.jspecify.annotations.NullMarked;
