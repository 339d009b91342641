// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The little PyTorch under the article's code: two-dimensional tensors, the interface a backend
/// implements, reverse-mode differentiation, a linear layer and Adam. It needs nothing but
/// `java.base`.
@NullMarked
package sae4j.tensor;

import org.jspecify.annotations.NullMarked;
