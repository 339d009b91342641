// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Jinja templates as statements and expressions, and texts as Python has them.
@NullMarked
package sae4j.models.jinja.syntax;

import org.jspecify.annotations.NullMarked;
