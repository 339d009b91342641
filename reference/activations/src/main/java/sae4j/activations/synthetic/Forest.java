// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.synthetic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which feature lies under which. Roots come first, then their children, and so on; what is left
/// when all trees are full stands alone. A feature can be present only with its parent, and of
/// siblings only one.
///
/// @param parent of each feature, or −1
/// @param children of each feature, in order; empty for most
record Forest(int[] parent, List<int[]> children) {

  static Forest grow(WorldSettings settings) {
    int features = settings.features();
    int[] parent = new int[features];
    Arrays.fill(parent, -1);
    List<int[]> children = new ArrayList<>();
    for (int f = 0; f < features; f++) {
      children.add(new int[0]);
    }
    int next = Math.min(settings.trees(), features);
    int firstOfLevel = 0;
    for (int level = 0; level < settings.depth(); level++) {
      int endOfLevel = next;
      for (int f = firstOfLevel; f < endOfLevel; f++) {
        int count = Math.min(settings.branching(), features - next);
        int[] below = new int[count];
        for (int c = 0; c < count; c++) {
          below[c] = next;
          parent[next++] = f;
        }
        children.set(f, below);
      }
      firstOfLevel = endOfLevel;
    }
    return new Forest(parent, children);
  }

  /// The probability of a feature given that its parent is present (or its own, if it has none)
  /// with which it must be drawn, so that after its parent's absences and its siblings' claims it
  /// is present about as often as was asked. A child that would have to be more frequent than its
  /// parent cannot be helped.
  double drawn(int feature, double[] probability) {
    int above = parent[feature];
    if (above < 0) {
      return probability[feature];
    }
    double given = probability[above];
    double rivals = 0;
    for (int sibling : children.get(above)) {
      rivals += sibling == feature ? 0 : probability[sibling];
    }
    return Math.min(1 - 1e-9, probability[feature] / given * (1 + rivals / given));
  }
}
