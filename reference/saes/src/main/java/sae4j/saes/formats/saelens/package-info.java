// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The format of SAELens, in all its versions.
@NullMarked
package sae4j.saes.formats.saelens;

import org.jspecify.annotations.NullMarked;
