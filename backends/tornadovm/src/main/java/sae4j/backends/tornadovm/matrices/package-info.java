// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The matrices of this backend: which memory their values take, and how the values lie in it.
///
/// The one idea: a matrix is a [MatrixForm] over [Memory]. The form is dense with strides,
/// row-sparse, or a product that nobody has needed yet. Memory is an array on the host, an array on
/// the device, or the place for a result that no launch has computed yet.
@NullMarked
package sae4j.backends.tornadovm.matrices;

import org.jspecify.annotations.NullMarked;
