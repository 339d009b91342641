// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Activations as a matrix with a row for each token: sets of them in memory and in files, their
/// statistics, and streams of batches in a seeded order. How they are made is the business of the
/// packages below.
@NullMarked
package sae4j.activations;

import org.jspecify.annotations.NullMarked;
