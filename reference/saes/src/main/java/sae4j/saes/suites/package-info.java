// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Public suites of trained SAEs: short names, where on the hub they are, and what their files do
/// not say.
@NullMarked
package sae4j.saes.suites;

import org.jspecify.annotations.NullMarked;
