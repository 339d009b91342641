// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Commands that show features: `sae features` writes a dashboard, `sae serve` lets it read what is
/// typed.
@NullMarked
package sae4j.cli.commands.dashboards;

import org.jspecify.annotations.NullMarked;
