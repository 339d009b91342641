// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Dashboards in the formats of other tools, as their importers read them.
@NullMarked
package sae4j.dashboard.export;

import org.jspecify.annotations.NullMarked;
