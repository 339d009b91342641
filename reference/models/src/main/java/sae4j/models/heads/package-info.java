// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// A model read at one head of attention.
@NullMarked
package sae4j.models.heads;

import org.jspecify.annotations.NullMarked;
