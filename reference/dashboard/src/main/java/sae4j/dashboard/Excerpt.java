// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.ArrayList;
import java.util.List;
import sae4j.activations.capture.TokenTable;
import sae4j.evaluation.TokensInContext;

/// An excerpt of text, token by token, with a feature's activation on each.
///
/// Text between the tokens for which no activation was kept (for example, the first token of each
/// of the model's contexts) is included as a separate token without activation.
///
/// @param row of the peak token
/// @param document that the excerpt is from
/// @param tokens their texts
/// @param rows of the tokens; −1 for text without activation
/// @param peak index of the peak token among them
public record Excerpt(int row, int document, List<String> tokens, int[] rows, int peak) {
  /// The feature's activations, one for each token.
  public float[] activations(StoredCodes byToken, int feature) {
    float[] activations = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      activations[i] = rows[i] < 0 ? 0 : byToken.at(rows[i], feature);
    }
    return activations;
  }

  /// The text around a row, within its document.
  ///
  /// @param before rows before it, at most
  /// @param after rows after it, at most
  public static Excerpt around(TokensInContext text, int row, int before, int after) {
    TokenTable table = text.tokens();
    int first = row;
    while (first > 0
        && row - first < before
        && table.documents()[first - 1] == table.documents()[row]) {
      first--;
    }
    List<String> tokens = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    int peak = 0;
    for (int at = first;
        at < table.size() && at - row <= after && table.documents()[at] == table.documents()[row];
        at++) {
      if (at > first && table.starts()[at] > table.ends()[at - 1]) {
        tokens.add(
            text.documents()
                .get(table.documents()[at])
                .text()
                .substring(table.ends()[at - 1], table.starts()[at]));
        rows.add(-1);
      }
      if (at == row) {
        peak = tokens.size();
      }
      tokens.add(text.token(at));
      rows.add(at);
    }
    return new Excerpt(
        row,
        table.documents()[row],
        List.copyOf(tokens),
        rows.stream().mapToInt(Integer::intValue).toArray(),
        peak);
  }
}
