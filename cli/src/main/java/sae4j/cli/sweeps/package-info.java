// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// A sweep, `sae sweep`: a grid of SAEs trained on one capture and measured on one text, in a
/// folder where whatever is done stays done, with the article's graph of them at the end.
@NullMarked
package sae4j.cli.sweeps;

import org.jspecify.annotations.NullMarked;
