// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Pictures: one description, drawn as SVG and as PNG.
@NullMarked
package sae4j.dashboard.drawing;

import org.jspecify.annotations.NullMarked;
