// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The types that values of options have, each with the one check of its values, how a value is
/// refused, and the names that options once had.
@NullMarked
package sae4j.cli.options.types;

import org.jspecify.annotations.NullMarked;
