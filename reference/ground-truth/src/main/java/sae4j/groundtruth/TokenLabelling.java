// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.labels.Label;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.text.Document;

/// Transfers the labels of texts to a model's tokens.
///
/// A token has a label if any of its characters lies in one of the label's ranges. Blanks around
/// the token are ignored, unless it consists of blanks. So `);` is both a bracket and a semicolon,
/// and the line break inside a comment is inside that comment.
///
/// Files alternate between the two halves, in the order in which they were read.
public final class TokenLabelling {
  /// The conditions for a label to count.
  ///
  /// @param tokens the least number of tokens in each half for which the label holds
  /// @param files the least number of files in each half that these tokens are from
  /// @param mostly the largest fraction of all tokens for which the label holds, because a detector
  ///     that always says yes has F1 = 2p/(1 + p) on a label that holds for a fraction p
  public record Criteria(int tokens, int files, double mostly) {
    /// 50 tokens from 5 files in each half, and at most half of all tokens.
    public static final Criteria USUAL = new Criteria(50, 5, 0.5);
  }

  private final TokenTable tokens;
  private final Map<Label, Integer> indices = new LinkedHashMap<>();
  private final byte[] half;
  private final int[] file;
  private final int[] labelStart;
  private int[] labelOfRow;
  private int count;
  private int files;
  private int skipped;

  private TokenLabelling(TokenTable tokens) {
    this.tokens = tokens;
    this.half = new byte[tokens.size()];
    this.file = new int[tokens.size()];
    this.labelStart = new int[tokens.size() + 1];
    this.labelOfRow = new int[16 * tokens.size()];
    Arrays.fill(half, LabelledTokens.NO_HALF);
  }

  /// Labels the tokens of some texts.
  ///
  /// @param java the labeller
  /// @param tokens row by row, in the order of the texts
  /// @param documents the texts, in the order that the tokens count them
  /// @param criteria which labels to keep; of labels that hold for exactly the same tokens, the one
  ///     with the shortest name
  /// @throws IllegalArgumentException if there are no two texts of Java, or no label meets the
  ///     criteria
  public static LabelledTokens of(
      JavaLabels java, TokenTable tokens, List<Document> documents, Criteria criteria) {
    TokenLabelling labelling = new TokenLabelling(tokens);
    int row = 0;
    while (row < tokens.size()) {
      int end = row;
      while (end < tokens.size() && tokens.documents()[end] == tokens.documents()[row]) {
        end++;
      }
      labelling.document(java.of(documents.get(tokens.documents()[row]).text()), row, end);
      row = end;
    }
    return labelling.keeping(criteria);
  }

  private void document(Optional<LabelledText> labelled, int from, int to) {
    BitSet[] labelsOfRow = new BitSet[to - from];
    Arrays.setAll(labelsOfRow, i -> new BitSet());
    if (labelled.isPresent()) {
      Arrays.fill(half, from, to, (byte) (files % 2));
      Arrays.fill(file, from, to, files++);
      int[] starts = new int[to - from];
      int[] ends = new int[to - from];
      for (int row = from; row < to; row++) {
        trim(labelled.get().text(), row, starts, ends, row - from);
      }
      labelled
          .get()
          .ranges()
          .forEach(
              (label, ranges) -> {
                int index = indices.computeIfAbsent(label, l -> indices.size());
                ranges.forEach(range -> mark(range, index, starts, ends, labelsOfRow));
              });
    } else {
      skipped++;
    }
    for (int row = from; row < to; row++) {
      append(labelsOfRow[row - from]);
      labelStart[row + 1] = count;
    }
  }

  /// The range of a token without the blanks around it, or the whole token if it is blank.
  private void trim(String text, int row, int[] starts, int[] ends, int at) {
    int start = tokens.starts()[row];
    int end = tokens.ends()[row];
    while (start < end && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    if (start == end) {
      start = tokens.starts()[row];
    }
    while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    starts[at] = start;
    ends[at] = end > start ? end : tokens.ends()[row];
  }

  private static void mark(
      LabelledText.Range range, int label, int[] starts, int[] ends, BitSet[] labelsOfRow) {
    int found = Arrays.binarySearch(ends, range.start() + 1);
    int row = found < 0 ? -found - 1 : found;
    // Pieces of one character share its end; the search may land on any of them.
    while (row > 0 && ends[row - 1] > range.start()) {
      row--;
    }
    for (; row < starts.length && starts[row] < range.end(); row++) {
      labelsOfRow[row].set(label);
    }
  }

  private void append(BitSet labels) {
    if (count + labels.cardinality() > labelOfRow.length) {
      labelOfRow = Arrays.copyOf(labelOfRow, 2 * labelOfRow.length + labels.cardinality());
    }
    for (int label = labels.nextSetBit(0); label >= 0; label = labels.nextSetBit(label + 1)) {
      labelOfRow[count++] = label;
    }
  }

  // ------------------------------------------------------------------------------ choosing labels

  private LabelledTokens keeping(Criteria criteria) {
    if (files < 2) {
      throw new IllegalArgumentException(
          ("labels: %d of %d texts are Java that the compiler can parse; at least 2 are needed, to"
                  + " choose by one and judge by the other; give more Java text")
              .formatted(files, files + skipped));
    }
    Set<Label> kept = new TreeSet<>();
    Map<Long, Label> bySet = new HashMap<>();
    Statistics statistics = new Statistics();
    indices.forEach(
        (label, index) -> {
          if (statistics.meet(criteria, index)) {
            bySet.merge(
                statistics.set[index],
                label,
                (a, b) -> a.name().length() <= b.name().length() ? a : b);
          }
        });
    kept.addAll(bySet.values());
    if (kept.isEmpty()) {
      throw new IllegalArgumentException(
          "labels: none of %d holds for %d tokens of %d files in each half; give more Java text"
              .formatted(indices.size(), criteria.tokens, criteria.files));
    }
    return renumbered(new ArrayList<>(kept));
  }

  private LabelledTokens renumbered(List<Label> kept) {
    short[] newIndex = new short[indices.size()];
    Arrays.fill(newIndex, (short) -1);
    for (int i = 0; i < kept.size(); i++) {
      newIndex[Objects.requireNonNull(indices.get(kept.get(i)))] = (short) i;
    }
    int[] start = new int[labelStart.length];
    short[] renumbered = new short[count];
    int written = 0;
    for (int row = 0; row < tokens.size(); row++) {
      for (int i = labelStart[row]; i < labelStart[row + 1]; i++) {
        if (newIndex[labelOfRow[i]] >= 0) {
          renumbered[written++] = newIndex[labelOfRow[i]];
        }
      }
      Arrays.sort(renumbered, start[row], written);
      start[row + 1] = written;
    }
    return new LabelledTokens(kept, half, file, start, Arrays.copyOf(renumbered, written), skipped);
  }

  /// What the labels hold for, by index.
  private final class Statistics {
    final int[][] positives = new int[2][indices.size()];
    final List<List<Set<Integer>>> filesOfLabel = new ArrayList<>();

    /// A fingerprint of the set of rows that a label holds for.
    final long[] set = new long[indices.size()];

    int all;

    Statistics() {
      for (int h = 0; h < 2; h++) {
        filesOfLabel.add(new ArrayList<>());
        for (int i = 0; i < indices.size(); i++) {
          filesOfLabel.get(h).add(new HashSet<>());
        }
      }
      for (int row = 0; row < tokens.size(); row++) {
        all += half[row] == LabelledTokens.NO_HALF ? 0 : 1;
        for (int i = labelStart[row]; i < labelStart[row + 1]; i++) {
          int label = labelOfRow[i];
          positives[half[row]][label]++;
          filesOfLabel.get(half[row]).get(label).add(file[row]);
          set[label] += mix(row);
        }
      }
    }

    boolean meet(Criteria criteria, int label) {
      return positives[0][label] >= criteria.tokens
          && positives[1][label] >= criteria.tokens
          && filesOfLabel.get(0).get(label).size() >= criteria.files
          && filesOfLabel.get(1).get(label).size() >= criteria.files
          && positives[0][label] + positives[1][label] <= criteria.mostly * all;
    }

    /// The finaliser of SplitMix64. Sums of these are equal for equal sets, and for almost no
    /// others.
    private static long mix(long row) {
      long z = (row + 1) * 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      return z ^ (z >>> 31);
    }
  }
}
