// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The project agrees with its sources: the numbers that PyTorch computed from the article's own
/// listing, the distributions of PyTorch's initialisers, and the listing's names and order. The
/// documents' citations are checked, too.
@NullMarked
package sae4j.golden;

import org.jspecify.annotations.NullMarked;
