// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

class StoredReadingTest {
  private static final int WIDTH = 6;

  @TempDir private Path folder = Path.of("");

  /// More rows than are encoded at a time, and not a multiple of that.
  @Test
  void stored_codes_are_those_that_the_sae_gives_in_one_piece() throws IOException {
    int rows = 4096 + 37;
    CodedText coded = CodedText.random(3, rows, 9, 0.1);
    Sae sae = coded.sae(WIDTH);
    SplittableRandom random = new SplittableRandom(5);
    float[] values = new float[rows * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-2, 2);
    }
    AtomicInteger told = new AtomicInteger();
    StoredReading reading =
        StoredReading.of(
            sae, ActivationSet.of(values, WIDTH), coded.text(), folder, told::addAndGet);
    SparseRows expected = sae.codes(rows, WIDTH, values);
    try (StoredCodes codes = reading.codes()) {
      assertThat(told).hasValue(rows);
      assertThat(codes.rows()).isEqualTo(rows);
      assertThat(codes.columns()).isEqualTo(9);
      assertThat(codes.count()).isEqualTo(expected.rowStart()[rows]).isPositive();
      for (int row = 0; row <= rows; row++) {
        assertThat(codes.start(row)).isEqualTo(expected.rowStart()[row]);
      }
      for (int entry = 0; entry < codes.count(); entry++) {
        assertThat(codes.column(entry)).isEqualTo(expected.column()[entry]);
        assertThat(codes.value(entry)).isEqualTo(expected.value()[entry]);
      }
    }
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
