// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.Arrays;

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

  /// These tokens behind `id`, which has an empty range; the same tokens where `id` is the first of
  /// them already.
  public TokenizedText startingWith(int id) {
    if (ids.length > 0 && ids[0] == id) {
      return this;
    }
    TokenizedText longer =
        new TokenizedText(
            new int[ids.length + 1], new int[ids.length + 1], new int[ids.length + 1]);
    longer.ids[0] = id;
    System.arraycopy(ids, 0, longer.ids, 1, ids.length);
    System.arraycopy(starts, 0, longer.starts, 1, ids.length);
    System.arraycopy(ends, 0, longer.ends, 1, ids.length);
    return longer;
  }

  /// The tokens from one up to another, their ranges counted from a later position of the text.
  ///
  /// @param from the first
  /// @param to behind the last
  /// @param origin the position that is to be 0
  public TokenizedText between(int from, int to, int origin) {
    return new TokenizedText(
        Arrays.copyOfRange(ids, from, to),
        Arrays.stream(starts, from, to).map(start -> start - origin).toArray(),
        Arrays.stream(ends, from, to).map(end -> end - origin).toArray());
  }

  /// T, the number of tokens.
  public int size() {
    return ids.length;
  }
}
