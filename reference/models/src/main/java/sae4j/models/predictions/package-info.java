// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What a language model predicts, in numbers: the loss of its predictions, how far two predictions
/// are from each other, and the pass that shows what replaced activations do to them.
@NullMarked
package sae4j.models.predictions;

import org.jspecify.annotations.NullMarked;
