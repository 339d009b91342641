// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import sae4j.models.TokenBatch;

/// What each row of a matrix of activations belongs to. The arrays run in parallel and belong to
/// the record; a caller must not modify them.
///
/// @param ids token ids
/// @param documents which document a token is from, counted from 0 in the order they were read
/// @param starts first UTF-16 unit of the token in its document
/// @param ends one past its last UTF-16 unit; equal to `starts` for a document-start token, which
///     has no text
/// @param positions where in its window the model saw the token, from 0
public record TokenTable(int[] ids, int[] documents, int[] starts, int[] ends, int[] positions) {
  /// @throws IllegalArgumentException if the columns differ in length
  public TokenTable {
    for (int[] column : new int[][] {documents, starts, ends, positions}) {
      if (column.length != ids.length) {
        throw new IllegalArgumentException(
            "token table: a column of " + column.length + " rows beside " + ids.length + " ids");
      }
    }
  }

  /// The names of the columns in files.
  static final List<String> COLUMNS =
      List.of("token_ids", "documents", "starts", "ends", "positions");

  /// The columns, in the order of [#COLUMNS].
  List<int[]> columns() {
    return List.of(ids, documents, starts, ends, positions);
  }

  /// N, the number of rows.
  public int size() {
    return ids.length;
  }

  /// Windows as a model reads them together.
  ///
  /// @param windows of one length; at least one
  public static TokenBatch batch(List<TokenTable> windows) {
    return TokenBatch.of(windows.stream().map(TokenTable::ids).toList());
  }

  /// The table of the rows listed.
  public TokenTable select(int[] rows) {
    return new TokenTable(
        pick(ids, rows),
        pick(documents, rows),
        pick(starts, rows),
        pick(ends, rows),
        pick(positions, rows));
  }

  /// Tables one after another. Documents must be counted through all of them.
  public static TokenTable concatenated(List<TokenTable> parts) {
    return new TokenTable(
        column(parts, TokenTable::ids),
        column(parts, TokenTable::documents),
        column(parts, TokenTable::starts),
        column(parts, TokenTable::ends),
        column(parts, TokenTable::positions));
  }

  private static int[] column(List<TokenTable> parts, Function<TokenTable, int[]> column) {
    return parts.stream().map(column).flatMapToInt(Arrays::stream).toArray();
  }

  /// The table of the first `count` rows, or the whole of it where it has no more.
  public TokenTable first(long count) {
    return size() <= count ? this : select(IntStream.range(0, (int) count).toArray());
  }

  private static int[] pick(int[] column, int[] rows) {
    return Arrays.stream(rows).map(row -> column[row]).toArray();
  }
}
