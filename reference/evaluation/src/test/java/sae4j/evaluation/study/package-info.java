// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Tests of a whole study, in a world where the truth is planted.
@NullMarked
package sae4j.evaluation.study;

import org.jspecify.annotations.NullMarked;
