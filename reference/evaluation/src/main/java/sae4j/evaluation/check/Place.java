// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import org.jspecify.annotations.Nullable;
import sae4j.models.HookPoint;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.TokensRead;

/// Which activations of a model an SAE is given.
///
/// @param reads the hook point that is read
/// @param predicts the hook point that is reconstructed; `reads`, unless it is a transcoder
/// @param head the one head of `reads` that is looked at; null for all there is
/// @param centred whether each activation is given less its mean
/// @param starts whether documents stand behind a document-start token
public record Place(
    HookPoint reads, HookPoint predicts, @Nullable Integer head, boolean centred, boolean starts) {

  /// The same with another hook point on each side.
  Place at(HookPoint otherReads, HookPoint otherPredicts) {
    return new Place(otherReads, otherPredicts, head, centred, starts);
  }

  Place ofHead(int other) {
    return new Place(reads, predicts, other, centred, starts);
  }

  Place centred(boolean other) {
    return new Place(reads, predicts, head, other, starts);
  }

  Place startingDocuments(boolean other) {
    return new Place(reads, predicts, head, centred, other);
  }

  /// What files are to say of an SAE that was trained there.
  ///
  /// @param known what they say otherwise
  Origin origin(Origin known) {
    TokensRead tokens = known.tokensRead();
    return known
        .readingAt(reads.name())
        .predicting(reads.equals(predicts) ? null : predicts.name())
        .reading(new TokensRead(starts, tokens.leavesOutSpecial(), tokens.positions()))
        .ofHead(head)
        .centred(centred);
  }
}
