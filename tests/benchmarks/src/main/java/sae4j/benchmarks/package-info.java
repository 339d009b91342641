// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// JMH benchmarks of the single operations of a training step, on any backend.
/// `tests/benchmarks/beside-pytorch` times whole steps, beside PyTorch. [ReadingText] times the
/// reading of text.
@NullMarked
package sae4j.benchmarks;

import org.jspecify.annotations.NullMarked;
