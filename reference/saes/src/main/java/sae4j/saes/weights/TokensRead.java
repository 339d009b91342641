// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import org.jspecify.annotations.Nullable;

/// Which tokens an SAE was trained on, as far as its file says.
///
/// @param startsDocuments whether each document was read behind a document-start token; null where
///     the file does not say
/// @param leavesOutSpecial whether activations on special tokens were left out
/// @param positions the positions of a context that were kept, as the file spells them; null for
///     all
public record TokensRead(
    @Nullable Boolean startsDocuments, boolean leavesOutSpecial, @Nullable String positions) {
  /// The file says nothing.
  public static final TokensRead UNSAID = new TokensRead(null, false, null);
}
