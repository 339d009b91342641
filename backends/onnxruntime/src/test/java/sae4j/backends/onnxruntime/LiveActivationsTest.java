// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.CapturedActivations;
import sae4j.activations.capture.LiveActivations;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.ModelProvider;

class LiveActivationsTest {
  private static final int WINDOW = 16;
  private static final int BATCH = 32;
  private static final int BUFFER = 256;
  private static final List<HookPoint> HOOKS =
      List.of(HookPoint.residPost(2), HookPoint.residPost(0));
  private static final ActivationCapture.Settings SETTINGS =
      new ActivationCapture.Settings(WINDOW, 4, Long.MAX_VALUE, KeptRows.BEHIND_STARTS);

  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    model = LanguageModels.open("java-gpt2-tiny");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static DocumentSource text(int documents) {
    return new DocumentSource() {
      @Override
      public String description() {
        return documents + " small classes";
      }

      @Override
      public Stream<Document> open() {
        return IntStream.range(0, documents)
            .mapToObj(
                i ->
                    new Document(
                        "Class" + i,
                        "/** The class number %d. */\nfinal class Class%d {\n  int f%d = %d;\n}\n"
                            .formatted(i, i, i, 31 * i)));
      }
    };
  }

  private static LiveActivations stream(DocumentSource text) throws IOException {
    return new LiveActivations(model, HOOKS, SETTINGS, text, BATCH, BUFFER, 5);
  }

  private static List<float[]> draw(LiveActivations stream) {
    return stream.next().stream().map(float[]::clone).toList();
  }

  private static DocumentSource texts(String... texts) {
    return new DocumentSource() {
      @Override
      public String description() {
        return "some.jsonl";
      }

      @Override
      public Stream<Document> open() {
        return Stream.of(texts).map(text -> new Document("some.jsonl", text));
      }
    };
  }

  /// Documents that are nothing but their start, alone and many; the same without starts.
  @Test
  void a_text_of_which_no_row_is_kept_ends_with_a_line() throws IOException {
    for (DocumentSource barren :
        List.of(
            texts(""),
            texts("", "", ""),
            texts(Collections.nCopies(500, "").toArray(String[]::new)))) {
      assertThatThrownBy(() -> stream(barren))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("some.jsonl: ", "left out", "give more text");
      try (LanguageModel bare =
          LanguageModels.open("java-gpt2-tiny", ModelProvider.StartPolicy.NONE)) {
        assertThatThrownBy(
                () -> new LiveActivations(bare, HOOKS, SETTINGS, barren, BATCH, BUFFER, 5))
            .isInstanceOf(IOException.class)
            .hasMessageContainingAll("some.jsonl: ", "holds no token");
      }
    }
    try (LiveActivations rare = stream(texts("", "", "", "int x", ""))) {
      assertThat(draw(rare)).isNotEmpty();
    }
  }

  /// Within the first buffer, at a refill, and behind many of them.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 5, 60})
  void a_stream_continues_where_another_stood(int drawn) throws IOException {
    try (LiveActivations first = stream(text(40));
        LiveActivations second = stream(text(40))) {
      for (int i = 0; i < drawn; i++) {
        first.next();
      }
      Map<String, ActivationSet> held = new HashMap<>();
      first.held().forEach((name, rows) -> held.put(name, copy(rows)));
      second.restore(first.position(), held::get);
      for (int i = 0; i < 20; i++) {
        assertThat(draw(second)).usingRecursiveComparison().isEqualTo(draw(first));
      }
    }
  }

  @Test
  void a_text_that_changed_where_it_was_read_is_refused() throws IOException {
    DocumentSource before = text(40);
    DocumentSource after =
        new DocumentSource() {
          @Override
          public String description() {
            return before.description();
          }

          @Override
          public Stream<Document> open() throws IOException {
            return before
                .open()
                .map(each -> new Document(each.name(), each.text().replace("number", "nummer")));
          }
        };
    try (LiveActivations first = stream(before);
        LiveActivations second = stream(after)) {
      assertThat(second.identity()).isEqualTo(first.identity());
      Map<String, ActivationSet> held = new HashMap<>();
      first.held().forEach((name, rows) -> held.put(name, copy(rows)));
      assertThatThrownBy(() -> second.restore(first.position(), held::get))
          .hasMessageStartingWith("40 small classes: is no longer the text that the run has read");
    }
  }

  private static ActivationSet copy(ActivationSet set) {
    float[] rows = new float[(int) set.rows() * set.width()];
    for (int row = 0; row < set.rows(); row++) {
      set.read(row, rows, row * set.width());
    }
    return ActivationSet.of(rows, set.width());
  }

  /// Each row of each place is one that the model computes, and the two places keep step.
  @Test
  void batches_hold_rows_of_the_text_and_the_places_keep_step() throws IOException {
    DocumentSource text = text(400);
    CapturedActivations all = new ActivationCapture(model, HOOKS, SETTINGS).collect(text, _ -> {});
    Map<Row, Row> other = new HashMap<>();
    for (int row = 0; row < all.tokens().size(); row++) {
      other.put(Row.of(all.at(HOOKS.get(0)), row), Row.of(all.at(HOOKS.get(1)), row));
    }
    int known = 0;
    try (LiveActivations stream = stream(text)) {
      for (int i = 0; i < 8; i++) {
        List<float[]> batch = stream.next();
        for (int row = 0; row < BATCH; row++) {
          Row first = Row.of(new FloatRows(BATCH, model.modelWidth(), batch.get(0)), row);
          Row second = Row.of(new FloatRows(BATCH, model.modelWidth(), batch.get(1)), row);
          assertThat(second).isEqualTo(other.get(first));
          known++;
        }
      }
    }
    assertThat(known).isEqualTo(8 * BATCH);
  }

  /// A row's numbers, comparable.
  private record Row(List<Float> values) {
    static Row of(FloatRows rows, int row) {
      List<Float> values = new ArrayList<>();
      for (int d = 0; d < rows.width(); d++) {
        values.add(rows.at(row, d));
      }
      return new Row(values);
    }
  }

  @Test
  void a_batch_mixes_rows_of_many_windows() throws IOException {
    try (LiveActivations mixed = stream(text(40));
        LiveActivations other =
            new LiveActivations(model, HOOKS, SETTINGS, text(40), BATCH, BUFFER, 6)) {
      float[] batch = draw(mixed).getFirst();
      assertThat(batch).isNotEqualTo(draw(other).getFirst());
      Set<Integer> hashes = new HashSet<>();
      for (int row = 0; row < BATCH; row++) {
        hashes.add(
            Arrays.hashCode(
                Arrays.copyOfRange(
                    batch, row * model.modelWidth(), (row + 1) * model.modelWidth())));
      }
      assertThat(hashes).hasSizeGreaterThan(BATCH / 2);
    }
  }

  @Test
  void a_text_without_documents_is_refused_by_its_description() {
    assertThatThrownBy(() -> stream(text(0)))
        .isInstanceOfAny(IOException.class, UncheckedIOException.class)
        .hasMessageContaining("0 small classes");
  }

  @Test
  void a_buffer_smaller_than_two_batches_is_refused() {
    assertThatThrownBy(
            () -> new LiveActivations(model, HOOKS, SETTINGS, text(4), BATCH, 2 * BATCH - 1, 5))
        .hasMessageContaining("buffer of 63 rows for batches of 32");
  }
}
