// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Exports, against what their importers accept.
@NullMarked
package sae4j.dashboard.export;

import org.jspecify.annotations.NullMarked;
