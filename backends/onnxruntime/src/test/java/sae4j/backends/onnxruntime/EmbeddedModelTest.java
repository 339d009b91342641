// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.CapturedActivations;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.capture.TokenWindows;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JdkSources;
import sae4j.activations.text.SourceTree;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.TokenBatch;
import sae4j.models.TokenizedText;
import sae4j.models.predictions.NextTokenLoss;

/// The embedded model against numbers from PyTorch (`golden/java_gpt2_tiny.py`), and on Java text.
final class EmbeddedModelTest {
  private static LanguageModel model;
  private static Golden golden;

  @BeforeAll
  static void open() throws IOException {
    model = LanguageModels.open("java-gpt2-tiny");
    golden = Golden.read("java_gpt2_tiny.safetensors");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void every_hook_point_agrees_with_pytorch() {
    Map<HookPoint, FloatRows> captured = model.capture(golden.tokens("ids"), model.hookPoints());

    assertThat(captured).hasSize(4 * 14);
    assertThat(golden.names("blocks.")).hasSize(4 * 5);
    captured.forEach(
        (hook, rows) -> {
          if (golden.names("blocks.").contains(hook.name())) {
            golden.assertClose(hook.name(), rows.values());
          }
        });
  }

  @Test
  void logits_and_losses_agree_with_pytorch() {
    TokenBatch tokensBT = golden.tokens("ids");
    FloatRows logits = model.logits(tokensBT);

    assertThat(logits.width()).isEqualTo(model.vocabularySize()).isEqualTo(4096);
    float[] last = new float[2 * logits.width()];
    System.arraycopy(logits.values(), 7 * logits.width(), last, 0, logits.width());
    System.arraycopy(logits.values(), 15 * logits.width(), last, logits.width(), logits.width());
    golden.assertClose("last_logits", last);
    double[] losses = NextTokenLoss.perToken(logits, tokensBT);
    float[] followed = new float[14];
    for (int i = 0; i < followed.length; i++) {
      followed[i] = (float) losses[i / 7 * 8 + i % 7];
    }
    golden.assertClose("losses", followed);
    assertThat(losses[7]).isNaN();
    assertThat(losses[15]).isNaN();
  }

  @Test
  void tokens_agree_with_the_tokenizers_library_of_python() throws IOException {
    JsonNode cases = new ObjectMapper().readTree(Golden.bytes("java_gpt2_tiny_tokens.json"));

    assertThat(cases).hasSizeGreaterThan(10);
    for (JsonNode expected : cases) {
      String text = expected.get("text").asText();
      TokenizedText tokens = model.tokenizer().encode(text);
      List<Integer> ids = new ArrayList<>();
      expected.get("ids").forEach(id -> ids.add(id.asInt()));
      assertThat(tokens.ids()).as(text).containsExactly(ids.stream().mapToInt(i -> i).toArray());
      assertThat(model.tokenizer().decode(tokens.ids()))
          .isEqualTo(expected.get("decoded").asText());
      for (int t = 0; t < tokens.size(); t++) {
        JsonNode range = expected.get("offsets").get(t);
        assertThat(tokens.starts()[t])
            .as(text)
            .isEqualTo(text.offsetByCodePoints(0, range.get(0).asInt()));
        assertThat(tokens.ends()[t])
            .as(text)
            .isEqualTo(text.offsetByCodePoints(0, range.get(1).asInt()));
      }
    }
  }

  @Test
  void java_text_costs_about_three_nats_a_token_and_shuffled_tokens_many_more() throws IOException {
    DocumentSource sources =
        JdkSources.ofThisJdk(3)
            .<DocumentSource>map(jdk -> jdk.slice(0, 16))
            .orElse(new SourceTree(Path.of("src")));
    List<TokenTable> windows = new ArrayList<>();
    try (Stream<Document> documents = sources.open()) {
      new TokenWindows(documents.iterator(), model.tokenizer(), 128, document -> {})
          .forEachRemaining(windows::add);
    }
    TokenBatch text =
        TokenBatch.of(
            windows.stream()
                .limit(64)
                .map(TokenTable::ids)
                .filter(ids -> ids.length == 128)
                .toList());
    TokenBatch shuffled =
        TokenBatch.of(
            windows.stream()
                .limit(8)
                .map(
                    window ->
                        IntStream.range(0, 128).map(t -> window.ids()[t * 37 % 128]).toArray())
                .toList());

    double loss = NextTokenLoss.mean(model.logits(text), text);
    double shuffledLoss = NextTokenLoss.mean(model.logits(shuffled), shuffled);

    assertThat(loss).as("on " + sources.description()).isBetween(2.3, 3.7);
    assertThat(shuffledLoss).isGreaterThan(loss + 2);
  }

  @Test
  void captured_rows_map_back_to_the_text_and_to_a_plain_capture() throws IOException {
    List<Document> seen = new ArrayList<>();
    List<Document> documents =
        List.of(
            new Document("first", "package a;\n\n// größer 🙂\nclass A {}\n"),
            new Document("second", "package b; interface B {}"));
    DocumentSource source =
        new DocumentSource() {
          @Override
          public String description() {
            return "two documents";
          }

          @Override
          public Stream<Document> open() {
            return documents.stream();
          }
        };
    HookPoint hook = HookPoint.residPost(2);
    ActivationCapture.Settings settings = new ActivationCapture.Settings(8, 3, 1000, KeptRows.ALL);

    CapturedActivations captured =
        new ActivationCapture(model, List.of(hook), settings).collect(source, seen::add);

    TokenTable tokens = captured.tokens();
    assertThat(seen).isEqualTo(documents);
    StringBuilder[] texts = {new StringBuilder(), new StringBuilder()};
    for (int row = 0; row < tokens.size(); row++) {
      int document = tokens.documents()[row];
      String text = documents.get(document).text();
      int from = tokens.starts()[row];
      // Tokens that share a character repeat its range.
      if (from >= texts[document].length()) {
        texts[document].append(text, from, tokens.ends()[row]);
      }
      assertThat(tokens.positions()[row]).isEqualTo(row % 8);
    }
    assertThat(texts[0]).hasToString(documents.get(0).text());
    assertThat(texts[1]).hasToString(documents.get(1).text());

    TokenBatch thirdWindow = TokenBatch.of(Arrays.copyOfRange(tokens.ids(), 16, 24));
    FloatRows third = Objects.requireNonNull(model.capture(thirdWindow, List.of(hook)).get(hook));
    assertThat(Arrays.copyOfRange(captured.at(hook).values(), 16 * 128, 24 * 128))
        .containsExactly(third.values(), within(2e-5f));

    CapturedActivations without =
        new ActivationCapture(
                model,
                List.of(hook),
                new ActivationCapture.Settings(8, 3, 1000, KeptRows.BEHIND_STARTS))
            .collect(source, d -> {});
    long starts =
        IntStream.range(0, tokens.size())
            .filter(row -> row % 8 == 0 || tokens.ids()[row] == 0)
            .count();
    assertThat(without.tokens().size()).isEqualTo((int) (tokens.size() - starts));
    assertThat(without.tokens().ids()).doesNotContain(0);
  }

  @Test
  void what_the_model_lacks_is_refused_by_name() {
    TokenBatch tokens = TokenBatch.of(0, 1, 2);
    assertThatThrownBy(() -> model.capture(tokens, List.of(HookPoint.residPost(4))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blocks.4.hook_resid_post")
        .hasMessageContaining("blocks.0 to blocks.3 hook_resid_pre")
        .hasMessageContaining("hook_resid_post");
    assertThatThrownBy(() -> model.logits(TokenBatch.of(new int[129])))
        .hasMessageContaining("129")
        .hasMessageContaining("128");
    assertThatThrownBy(() -> model.logits(TokenBatch.of(4096))).hasMessageContaining("4096");
    assertThatThrownBy(() -> LanguageModels.open("no-such-model"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("java-gpt2-tiny");
  }
}
