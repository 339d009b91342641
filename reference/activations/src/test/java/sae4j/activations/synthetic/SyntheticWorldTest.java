// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import sae4j.activations.ActivationSet;

class SyntheticWorldTest {
  private static final int ROWS = 40_000;
  private static final WorldSettings SETTINGS = WorldSettings.standard(256, 48, 3);
  private final SyntheticWorld world = new SyntheticWorld(SETTINGS);

  /// How often each feature is present, and its mean strength then.
  private record Census(double[] frequency, double[] strength, double l0) {
    static Census of(SyntheticWorld world) {
      int features = world.settings().features();
      double[] present = new double[features];
      double[] strength = new double[features];
      double[] rowG = new double[features];
      for (int row = 0; row < ROWS; row++) {
        world.features(row, rowG);
        for (int g = 0; g < features; g++) {
          present[g] += rowG[g] > 0 ? 1 : 0;
          strength[g] += rowG[g];
        }
      }
      double l0 = Arrays.stream(present).sum() / ROWS;
      for (int g = 0; g < features; g++) {
        strength[g] /= Math.max(1, present[g]);
        present[g] /= ROWS;
      }
      return new Census(present, strength, l0);
    }
  }

  @Test
  void the_normal_distribution_has_its_known_values() {
    assertThat(Normal.cumulative(0)).isEqualTo(0.5);
    assertThat(Normal.cumulative(1.959963984540054)).isEqualTo(0.975, within(1e-14));
    assertThat(Normal.cumulative(-3)).isEqualTo(0.0013498980316301, within(1e-15));
    for (double p : new double[] {1e-6, 5e-4, 0.1, 0.4, 0.999}) {
      assertThat(1 - Normal.cumulative(Normal.exceededWith(p))).isEqualTo(p, within(1e-12));
    }
  }

  @Test
  void a_child_is_present_only_with_its_parent_and_never_with_a_sibling() {
    int[] parents = world.parents();
    double[] rowG = new double[SETTINGS.features()];
    int children = 0;
    for (int row = 0; row < ROWS; row++) {
      world.features(row, rowG);
      boolean[] hasChild = new boolean[rowG.length];
      for (int g = 0; g < rowG.length; g++) {
        if (rowG[g] > 0 && parents[g] >= 0) {
          assertThat(rowG[parents[g]]).isPositive();
          assertThat(hasChild[parents[g]]).as("a sibling of %d in row %d", g, row).isFalse();
          hasChild[parents[g]] = true;
          children++;
        }
      }
    }
    assertThat(children).isGreaterThan(ROWS / 100);
  }

  @Test
  void every_tree_has_four_children_a_node_and_three_generations() {
    int[] parents = world.parents();
    assertThat(Arrays.stream(parents).filter(parent -> parent >= 0).count())
        .isEqualTo(2 * (4 + 16 + 64));
    assertThat(Arrays.stream(parents).filter(parent -> parent == 0).count()).isEqualTo(4);
  }

  @Test
  void features_are_as_frequent_and_as_strong_as_was_asked() {
    Census census = Census.of(world);
    int[] parents = world.parents();
    for (int g = 0; g < SETTINGS.features(); g++) {
      double asked = SETTINGS.probability(g);
      double spread = 5 * Math.sqrt(asked / ROWS);
      if (parents[g] < 0) {
        assertThat(census.frequency[g]).as("feature %d", g).isEqualTo(asked, within(spread));
        assertThat(census.strength[g])
            .isEqualTo(SETTINGS.magnitude(g), within(0.5 + 20 / Math.sqrt(asked * ROWS)));
      }
    }
    assertThat(SETTINGS.probability(0)).isEqualTo(0.4, within(1e-12));
    assertThat(SETTINGS.probability(255)).isEqualTo(5e-4, within(1e-12));
    double asked = 0;
    for (int g = 0; g < SETTINGS.features(); g++) {
      asked += SETTINGS.probability(g);
    }
    // Siblings of a rare parent cannot all be as frequent as Zipf wants them.
    assertThat(census.l0).isBetween(0.4 * asked, 1.1 * asked);
  }

  @Test
  void directions_are_of_length_one_and_less_parallel_than_chance() {
    int width = SETTINGS.width();
    double[] pushed = world.directionsGD();
    double[] random =
        new SyntheticWorld(
                new WorldSettings(
                    256, width, 0.5, 0.4, 5e-4, 2, 4, 3, 25, 0.1, 5, 4, 0.5, 0.5, 0, 3))
            .directionsGD();
    assertThat(squaredCosines(pushed, width)).isLessThan(0.9 * squaredCosines(random, width));
    for (int g = 0; g < SETTINGS.features(); g++) {
      double square = 0;
      for (int d = 0; d < width; d++) {
        square += pushed[g * width + d] * pushed[g * width + d];
      }
      assertThat(square).isEqualTo(1, within(1e-12));
    }
  }

  private static double squaredCosines(double[] rows, int width) {
    double sum = 0;
    for (int a = 0; a < rows.length; a += width) {
      for (int b = 0; b < a; b += width) {
        double cosine = 0;
        for (int d = 0; d < width; d++) {
          cosine += rows[a + d] * rows[b + d];
        }
        sum += cosine * cosine;
      }
    }
    return sum;
  }

  @Test
  void an_activation_is_the_bias_and_its_features() {
    double[] rowG = new double[SETTINGS.features()];
    float[] none = new float[48];
    world.activation(rowG, none, 0);
    double bias = 0;
    for (float value : none) {
      bias += value * value;
    }
    assertThat(Math.sqrt(bias)).isEqualTo(0.5, within(1e-6));
    world.features(7, rowG);
    float[] row = new float[50];
    ActivationSet set = world.activations(5, 10);
    set.read(2, row, 1);
    double[] directions = world.directionsGD();
    for (int d = 0; d < 48; d++) {
      double sum = none[d];
      for (int g = 0; g < rowG.length; g++) {
        sum += rowG[g] * directions[g * 48 + d];
      }
      assertThat((double) row[1 + d]).isEqualTo(sum, within(1e-5));
    }
    assertThat(set.rows()).isEqualTo(10);
  }

  @Test
  void a_row_depends_on_seed_and_number_alone() {
    float[] first = new float[48];
    float[] again = new float[48];
    float[] other = new float[48];
    world.activations(0, 100).read(42, first, 0);
    new SyntheticWorld(SETTINGS).activations(40, 100).read(2, again, 0);
    new SyntheticWorld(WorldSettings.standard(256, 48, 4)).activations(0, 100).read(42, other, 0);
    assertThat(again).containsExactly(first);
    assertThat(other).isNotEqualTo(first);
  }

  @Test
  void settings_that_cannot_be_are_refused_by_name() {
    assertThatThrownBy(() -> WorldSettings.standard(1, 8, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("features is 1");
    assertThatThrownBy(() -> WorldSettings.standard(8, 1, 0)).hasMessageContaining("width is 1");
  }
}
