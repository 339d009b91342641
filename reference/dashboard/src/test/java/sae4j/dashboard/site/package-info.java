// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The site's files.
@NullMarked
package sae4j.dashboard.site;

import org.jspecify.annotations.NullMarked;
