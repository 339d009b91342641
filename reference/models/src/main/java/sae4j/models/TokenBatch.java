// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// B sequences of T token ids each, without padding: row b·T + t of anything computed from it
/// belongs to token t of sequence b.
public final class TokenBatch {
  private final int sequences;
  private final int length;
  private final int[] idsBT;

  private TokenBatch(int sequences, int length, int[] idsBT) {
    this.sequences = sequences;
    this.length = length;
    this.idsBT = idsBT;
  }

  /// One sequence.
  public static TokenBatch of(int... idsT) {
    return new TokenBatch(1, idsT.length, idsT.clone());
  }

  /// Sequences of one length.
  ///
  /// @throws IllegalArgumentException if there are none, or if they differ in length
  public static TokenBatch of(List<int[]> sequences) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException("token batch: no sequences; give at least one");
    }
    int length = sequences.getFirst().length;
    int[] idsBT = new int[Math.multiplyExact(sequences.size(), length)];
    for (int b = 0; b < sequences.size(); b++) {
      int[] idsT = sequences.get(b);
      if (idsT.length != length) {
        throw new IllegalArgumentException(
            "token batch: sequence "
                + b
                + " has "
                + idsT.length
                + " tokens where sequence 0 has "
                + length
                + "; group sequences by length");
      }
      System.arraycopy(idsT, 0, idsBT, b * length, length);
    }
    return new TokenBatch(sequences.size(), length, idsBT);
  }

  /// B, the number of sequences.
  public int sequences() {
    return sequences;
  }

  /// T, the number of tokens in each sequence.
  public int length() {
    return length;
  }

  /// B·T, the number of rows that activations of this batch have.
  public int rows() {
    return idsBT.length;
  }

  /// The id at row b·T + t.
  public int id(int row) {
    return idsBT[row];
  }

  /// Token t of sequence b.
  public int id(int sequence, int token) {
    return idsBT[sequence * length + token];
  }

  /// A copy of sequence b's ids.
  public int[] sequence(int b) {
    return Arrays.copyOfRange(idsBT, b * length, (b + 1) * length);
  }

  /// The id that each row is to predict: row b·T + t is followed by token t + 1 of sequence b.
  ///
  /// @return B·T ids; −1 in the last position of each sequence, which nothing follows
  public int[] nextIds() {
    int[] nextBT = new int[idsBT.length];
    for (int row = 0; row < idsBT.length; row++) {
      nextBT[row] = (row + 1) % length == 0 ? -1 : idsBT[row + 1];
    }
    return nextBT;
  }

  /// The rows that are neither the first of their sequence nor a document-start token. Models park
  /// attention on those two kinds, so that their activations are outliers and say little of the
  /// text. SAEs are not trained on them and do not replace them.
  public int[] rowsBehindStarts(Tokenizer tokenizer) {
    int documentStart = tokenizer.documentStart().orElse(-1);
    return IntStream.range(0, idsBT.length)
        .filter(row -> row % length != 0 && idsBT[row] != documentStart)
        .toArray();
  }

  @Override
  public String toString() {
    return "TokenBatch[" + sequences + " × " + length + "]";
  }
}
