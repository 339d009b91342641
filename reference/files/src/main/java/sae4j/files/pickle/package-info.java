// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Python's pickles, as far as saved tensors need them.
///
/// A pickle is a program for a stack machine, and Python lets it call anything. Here it may call
/// four functions, which only combine values, and it may name ten storage classes. Anything else is
/// refused, and the message names it.
@NullMarked
package sae4j.files.pickle;

import org.jspecify.annotations.NullMarked;
