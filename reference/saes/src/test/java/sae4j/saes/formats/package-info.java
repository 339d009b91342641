// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Tests of architectures, schedules, whole training runs in double precision, checkpoints and
/// saved SAEs.
@NullMarked
package sae4j.saes.formats;

import org.jspecify.annotations.NullMarked;
