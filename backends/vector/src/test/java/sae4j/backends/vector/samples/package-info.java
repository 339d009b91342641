// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What the tests of every room share: sizes, numbers and codes to try, and how far a float32
/// result may be from the exact one.
@NullMarked
package sae4j.backends.vector.samples;

import org.jspecify.annotations.NullMarked;
