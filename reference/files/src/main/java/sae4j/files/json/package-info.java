// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// JSON beside weights, read field by field: each has the type and the range that it must have, or
/// is refused by name.
@NullMarked
package sae4j.files.json;

import org.jspecify.annotations.NullMarked;
