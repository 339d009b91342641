// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What the program keeps for a user between its runs and can make again.
@NullMarked
package sae4j.files.cache;

import org.jspecify.annotations.NullMarked;
