// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;
import sae4j.evaluation.TokensInContext;
import sae4j.tensor.SparseRows;

final class SamplesTest {
  private static final int WORDS = 30;
  private static final int PEAK = 20;

  @TempDir private Path folder;

  private final List<Document> documents = new ArrayList<>();
  private final List<int[]> rows = new ArrayList<>();
  private final List<Integer> peaks = new ArrayList<>();

  /// A document of words in which the feature is active on one.
  ///
  /// @param without the token that a window began with, which has no row; −1 for none
  private void add(String word, int without) {
    StringBuilder text = new StringBuilder();
    for (int t = 0; t < WORDS; t++) {
      int start = text.length();
      text.append(word).append(t).append(' ');
      if (t != without) {
        if (t == PEAK) {
          peaks.add(rows.size());
        }
        rows.add(new int[] {t, documents.size(), start, text.length(), t});
      }
    }
    documents.add(new Document("d" + documents.size(), text.toString()));
  }

  private List<Integer> top() throws IOException {
    int[][] columns = new int[5][rows.size()];
    for (int row = 0; row < rows.size(); row++) {
      for (int c = 0; c < 5; c++) {
        columns[c][row] = rows.get(row)[c];
      }
    }
    TokensInContext text =
        new TokensInContext(
            new TokenTable(columns[0], columns[1], columns[2], columns[3], columns[4]), documents);
    int[] rowStart = new int[rows.size() + 1];
    float[] values = new float[peaks.size()];
    int[] features = new int[peaks.size()];
    for (int row = 0; row < rows.size(); row++) {
      rowStart[row + 1] = rowStart[row] + (peaks.contains(row) ? 1 : 0);
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = 9 - i;
    }
    try (StoredCodes.Writer writer = new StoredCodes.Writer(1, folder)) {
      writer.add(new SparseRows(rows.size(), 1, rowStart, features, values));
      try (StoredCodes byToken = writer.finish();
          StoredCodes byFeature = byToken.transposed(folder)) {
        return Samples.of(byFeature, ActivationSummary.of(byFeature, 0), 0, Plan.USUAL, text).top();
      }
    }
  }

  @Test
  void the_same_text_is_shown_once_though_a_window_began_within_one_of_its_copies()
      throws IOException {
    add("word", -1);
    add("word", PEAK - 2);
    add("word", PEAK - 1);
    add("other", -1);

    assertThat(top()).containsExactly(peaks.get(0), peaks.get(3));
  }
}
