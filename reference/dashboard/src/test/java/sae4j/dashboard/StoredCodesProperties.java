// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import sae4j.tensor.SparseRows;

class StoredCodesProperties {
  // jqwik makes the folder before the first property.
  @SuppressWarnings("NullAway.Init")
  private static Path folder;

  @BeforeContainer
  static void make() throws IOException {
    folder = Files.createTempDirectory("codes");
  }

  @AfterContainer
  static void remove() throws IOException {
    Files.delete(folder);
  }

  @Property(tries = 60)
  void what_was_added_is_found_by_token_and_by_feature(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 130) int tokens,
      @ForAll @IntRange(min = 1, max = 20) int features,
      @ForAll @DoubleRange(max = 1) double density,
      @ForAll @IntRange(min = 1, max = 64) int batch)
      throws IOException {
    CodedText text = CodedText.random(seed, tokens, features, density);
    try (StoredCodes byToken = text.stored(folder, batch);
        StoredCodes byFeature = byToken.transposed(folder)) {
      assertThat(byToken.rows()).isEqualTo(tokens);
      assertThat(byFeature.rows()).isEqualTo(features);
      assertThat(byFeature.count()).isEqualTo(byToken.count());
      for (int t = 0; t < tokens; t++) {
        for (int f = 0; f < features; f++) {
          assertThat(byToken.at(t, f)).isEqualTo(text.at(t, f));
          assertThat(byFeature.at(f, t)).isEqualTo(text.at(t, f));
        }
      }
    }
    try (var left = Files.list(folder)) {
      assertThat(left).as("files that are left").isEmpty();
    }
  }

  @Property(tries = 1)
  void codes_of_another_width_are_refused() throws IOException {
    try (StoredCodes.Writer writer = new StoredCodes.Writer(3, folder)) {
      SparseRows other = new SparseRows(1, 4, new int[] {0, 0}, new int[0], new float[0]);
      assertThatThrownBy(() -> writer.add(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("codes of 4 features after codes of 3");
    }
  }
}
