// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// From text to rows of activations: documents are tokenised and packed into windows of the model's
/// context, windows go through the model in batches, and each row keeps the token, document and
/// character range it belongs to.
@NullMarked
package sae4j.activations.capture;

import org.jspecify.annotations.NullMarked;
