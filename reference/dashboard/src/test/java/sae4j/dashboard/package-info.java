// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Pages of features, against what plain loops over dense codes say.
@NullMarked
package sae4j.dashboard;

import org.jspecify.annotations.NullMarked;
