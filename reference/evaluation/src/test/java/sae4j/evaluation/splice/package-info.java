// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Tests of SAEs inside a model's forward pass, on a model small enough to compute by hand.
@NullMarked
package sae4j.evaluation.splice;

import org.jspecify.annotations.NullMarked;
