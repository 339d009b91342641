// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// A dashboard as a folder of files that a browser opens from disk or from the loopback server: one
/// page of HTML, plain scripts, and data in scripts that are loaded on demand.
@NullMarked
package sae4j.dashboard.site;

import org.jspecify.annotations.NullMarked;
