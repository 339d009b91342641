// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

/// Tokens and where each came from. The arrays run in parallel and belong to the record; a caller
/// must not modify them.
///
/// Ranges are UTF-16 indices into the encoded string, end exclusive. Tokens that share one
/// character (a byte-level vocabulary may split `é`) carry the same range.
///
/// @param ids token ids
/// @param starts first UTF-16 unit of each token
/// @param ends one past the last UTF-16 unit of each token
public record TokenizedText(int[] ids, int[] starts, int[] ends) {
  /// @throws IllegalArgumentException if the three arrays differ in length
  public TokenizedText {
    if (ids.length != starts.length || ids.length != ends.length) {
      throw new IllegalArgumentException(
          "tokenized text: "
              + ids.length
              + " ids, "
              + starts.length
              + " starts and "
              + ends.length
              + " ends; the three must be as many");
    }
  }

  /// T, the number of tokens.
  public int size() {
    return ids.length;
  }
}
