// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// An SAE inside the forward pass of the language model that it was trained on: what the model
/// loses when it must go on from the reconstruction, and what it does when features are changed.
@NullMarked
package sae4j.evaluation.splice;

import org.jspecify.annotations.NullMarked;
