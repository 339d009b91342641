// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Features that are never active: how they are noticed, and what is done about them.
@NullMarked
package sae4j.training.dead;

import org.jspecify.annotations.NullMarked;
