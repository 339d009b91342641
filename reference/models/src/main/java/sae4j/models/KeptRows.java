// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.stream.IntStream;

/// Which rows of a forward pass stand for text, and are handed out or replaced.
public enum KeptRows {
  /// All of them.
  ALL,
  /// Those that are neither the first of their sequence nor a document-start token
  /// ([TokenBatch#rowsBehindStarts]).
  BEHIND_STARTS,
  /// Of those, the ones that are no special token.
  NOT_SPECIAL;

  /// These rows of a batch, ascending.
  public int[] of(TokenBatch tokensBT, Tokenizer tokenizer) {
    return switch (this) {
      case ALL -> IntStream.range(0, tokensBT.rows()).toArray();
      case BEHIND_STARTS -> tokensBT.rowsBehindStarts(tokenizer);
      case NOT_SPECIAL ->
          IntStream.of(tokensBT.rowsBehindStarts(tokenizer))
              .filter(row -> !tokenizer.isSpecial(tokensBT.id(row)))
              .toArray();
    };
  }
}
