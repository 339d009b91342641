// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// The numbers of a matrix, held by the [Backend] that made them and opaque to everything else.
///
/// A backend is free in precision, order in memory and [layout][Layout]; it may also hold a promise
/// of the numbers and compute them when they are needed. A storage made by one backend means
/// nothing to another.
public interface Storage {
  /// The number of rows, 0 or more.
  int rows();

  /// The number of columns, 0 or more.
  int columns();

  /// How the numbers are laid out. See [Layout] for what that means.
  Layout layout();
}
