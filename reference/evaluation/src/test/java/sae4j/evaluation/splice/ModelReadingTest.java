// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.evaluation.ModelReading;
import sae4j.evaluation.TokensInContext;

final class ModelReadingTest {
  private static final float[][] EMBEDDING = {{9, 9}, {1, 0}, {0, 1}, {2, 1}, {1, 3}};
  private static final float[][] UNEMBEDDING = {{0, 1, -1, 2, 0}, {1, 0, 1, -1, 0}};
  private static final TableModel MODEL = new TableModel(EMBEDDING, UNEMBEDDING, 4);

  private static final class Letters implements DocumentSource {
    @Override
    public String description() {
      return "letters";
    }

    @Override
    public Stream<Document> open() {
      return Stream.of(new Document("first", "abcdabcd"), new Document("second", "dcba"));
    }
  }

  @Test
  void each_row_is_the_activation_of_the_token_that_the_text_says() throws IOException {
    AtomicLong told = new AtomicLong();
    ModelReading reading =
        ModelReading.of(
            MODEL, TableModel.HOOK, new Letters(), Settings.forModel(MODEL, 100), told::addAndGet);
    TokensInContext text = reading.text();
    assertThat(reading.activations().rows()).isPositive().isEqualTo(text.tokens().size());
    assertThat(told).hasValue(reading.activations().rows());
    float[] row = new float[2];
    for (long r = 0; r < reading.activations().rows(); r++) {
      reading.activations().read(r, row, 0);
      int token = "abcd".indexOf(text.token(r)) + 1;
      assertThat(row).as(text.token(r)).containsExactly(EMBEDDING[token]);
    }
    assertThat(text.document(reading.activations().rows() - 1)).isEqualTo("second");
  }

  @Test
  void no_more_is_read_than_was_asked_for() throws IOException {
    ModelReading reading =
        ModelReading.of(
            MODEL, TableModel.HOOK, new Letters(), Settings.forModel(MODEL, 4), read -> {});
    assertThat(reading.activations().rows()).isBetween(1L, 4L);
  }
}
