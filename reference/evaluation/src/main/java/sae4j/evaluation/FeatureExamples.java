// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// The tokens on which each feature is most active. Its meaning is read from them.
public final class FeatureExamples {
  /// A feature's activation on a token.
  ///
  /// @param row of the activations
  /// @param activation the code's value there
  public record Example(long row, float activation) {}

  /// Weaker first, by magnitude, because codes may be below 0; of equals the later token first, so
  /// that the earliest stays.
  private static final Comparator<Example> WEAKEST_FIRST =
      Comparator.<Example>comparingDouble(example -> Math.abs(example.activation()))
          .thenComparing(Comparator.comparingLong(Example::row).reversed());

  private final List<PriorityQueue<Example>> strongest = new ArrayList<>();
  private final int perFeature;

  private FeatureExamples(int features, int perFeature) {
    this.perFeature = perFeature;
    for (int f = 0; f < features; f++) {
      strongest.add(new PriorityQueue<>(WEAKEST_FIRST));
    }
  }

  /// Finds the strongest tokens of every feature in one pass.
  ///
  /// @param perFeature how many to keep for each
  /// @param batch tokens a pass
  public static FeatureExamples of(Sae sae, ActivationSet set, int perFeature, int batch) {
    FeatureExamples examples = new FeatureExamples(sae.dictSize(), perFeature);
    CodesPass.over(
        sae,
        set,
        batch,
        (first, rowsBD, codesBF, reconstructionBD) -> examples.add(first, codesBF));
    return examples;
  }

  private void add(long first, SparseRows codesBF) {
    for (int b = 0; b < codesBF.rows(); b++) {
      for (int i = codesBF.rowStart()[b]; i < codesBF.rowStart()[b + 1]; i++) {
        PriorityQueue<Example> queue = strongest.get(codesBF.column()[i]);
        queue.add(new Example(first + b, codesBF.value()[i]));
        if (queue.size() > perFeature) {
          queue.remove();
        }
      }
    }
  }

  /// The strongest tokens of a feature, strongest first; fewer than asked for where it is rarely
  /// active.
  public List<Example> of(int feature) {
    return strongest.get(feature).stream().sorted(WEAKEST_FIRST.reversed()).toList();
  }
}
