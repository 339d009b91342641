// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import sae4j.activations.capture.TokenTable;
import sae4j.evaluation.TokensInContext;
import sae4j.tensor.SparseRows;

/// A text, and which features are active on each token of it.
///
/// @param title where it is from
/// @param tokens the text, token by token
/// @param active the features that are active on each token, strongest first
/// @param unread how many tokens of the text were not read, because it is longer than a context
public record PromptReading(
    String title, List<String> tokens, List<List<Similar>> active, int unread) {
  /// The most features that are kept for a token, the strongest first.
  public static final int KEPT_FEATURES = 48;

  /// Excerpts of the text that was read. They come from documents spread evenly over it, a third of
  /// the way into each, because the beginnings of files are much alike.
  ///
  /// @param count how many, at most one from a document
  /// @param length tokens of each
  public static List<PromptReading> samples(
      TokensInContext text, StoredCodes byToken, int count, int length) {
    TokenTable table = text.tokens();
    List<Integer> starts = new ArrayList<>();
    for (int row = 0; row < table.size(); row++) {
      if (row == 0 || table.documents()[row] != table.documents()[row - 1]) {
        starts.add(row);
      }
    }
    starts.add(table.size());
    int documents = starts.size() - 1;
    List<PromptReading> samples = new ArrayList<>();
    for (int i = 0; i < Math.min(count, documents); i++) {
      int document = (int) ((long) i * documents / Math.min(count, documents));
      int from = starts.get(document);
      int to = starts.get(document + 1);
      int first = from + Math.max(0, Math.min((to - from) / 3, to - from - length));
      int size = Math.min(length, to - first);
      samples.add(of(text.document(first), Excerpt.around(text, first, 0, size - 1), byToken));
    }
    return samples;
  }

  private static PromptReading of(String title, Excerpt excerpt, StoredCodes byToken) {
    List<List<Similar>> active = new ArrayList<>();
    for (int row : excerpt.rows()) {
      List<Similar> here = new ArrayList<>();
      if (row >= 0) {
        for (long i = byToken.start(row); i < byToken.start(row + 1); i++) {
          here.add(new Similar(byToken.column(i), byToken.value(i)));
        }
      }
      active.add(strongest(here));
    }
    return new PromptReading(title, excerpt.tokens(), active, 0);
  }

  /// A text with the codes of its tokens.
  ///
  /// @param unread tokens of the text behind these
  static PromptReading of(String title, List<String> tokens, SparseRows codes, int unread) {
    List<List<Similar>> active = new ArrayList<>();
    for (int row = 0; row < codes.rows(); row++) {
      List<Similar> here = new ArrayList<>();
      for (int i = codes.rowStart()[row]; i < codes.rowStart()[row + 1]; i++) {
        here.add(new Similar(codes.column()[i], codes.value()[i]));
      }
      active.add(strongest(here));
    }
    return new PromptReading(title, tokens, active, unread);
  }

  private static List<Similar> strongest(List<Similar> features) {
    return features.stream()
        .sorted(
            Comparator.<Similar>comparingDouble(feature -> -Math.abs(feature.value()))
                .thenComparingInt(Similar::index))
        .limit(KEPT_FEATURES)
        .toList();
  }
}
