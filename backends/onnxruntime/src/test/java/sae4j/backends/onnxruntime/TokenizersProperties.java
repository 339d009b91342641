// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.capture.TokenWindows;
import sae4j.activations.text.Document;
import sae4j.activations.text.Document.Part;
import sae4j.models.ModelProvider.StartPolicy;
import sae4j.models.TokenizedText;
import sae4j.models.WellFormedText;

/// What holds of every kind of tokenizer, whatever the text.
final class TokenizersProperties {
  private static final Map<String, HuggingFaceTokenizer> TOKENIZERS = new LinkedHashMap<>();

  /// Those whose tokens hold every character of a text.
  private static final List<String> COMPLETE = List.of("gpt2", "llama2", "llama3", "prefixed");

  static {
    TOKENIZERS.put("gpt2", open("/fixtures/gpt2/tokenizer.json"));
    for (String name : List.of("llama2", "llama3", "prefixed", "metaspace", "wordpiece")) {
      TOKENIZERS.put(name, open("/fixtures/tokenizers/" + name + ".json"));
    }
    TOKENIZERS.put("java-gpt2-tiny", open("/sae4j/models/java-gpt2-tiny/tokenizer.json"));
  }

  static HuggingFaceTokenizer open(String resource) {
    try (InputStream in =
        Objects.requireNonNull(
            TokenizersProperties.class.getResourceAsStream(resource), resource)) {
      return HuggingFaceTokenizer.parse(
          Path.of(resource),
          in.readAllBytes(),
          DocumentStart.of(StartPolicy.AUTO, _ -> Optional.empty(), Optional.empty()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Provide
  Arbitrary<String> anything() {
    return Arbitraries.strings()
        .withChars("aeth 29\t\n\r\0\uFEFF\u0301é中\ud83d\ude00\ud800\udc00\u2581\uFFFD<s>")
        .ofMaxLength(40);
  }

  @Property(tries = 300)
  void ranges_lie_in_the_text_in_its_order_and_lone_surrogates_count_as_u_fffd(
      @ForAll("anything") String text) {
    TOKENIZERS.forEach(
        (name, tokenizer) -> {
          TokenizedText tokens = tokenizer.encode(text);
          int reached = 0;
          for (int t = 0; t < tokens.size(); t++) {
            assertThat(tokens.starts()[t]).as(name).isBetween(0, tokens.ends()[t]);
            assertThat(tokens.ends()[t]).as(name).isBetween(0, text.length());
            assertThat(WellFormedText.of(text.substring(tokens.starts()[t], tokens.ends()[t])))
                .as("no range parts a pair")
                .isEqualTo(WellFormedText.of(text).substring(tokens.starts()[t], tokens.ends()[t]));
            if (COMPLETE.contains(name)) {
              assertThat(tokens.starts()[t])
                  .as("%s, token %d", name, t)
                  .isLessThanOrEqualTo(reached);
            }
            reached = Math.max(reached, tokens.ends()[t]);
          }
          if (COMPLETE.contains(name)) {
            assertThat(reached).as(name).isEqualTo(text.length());
          }
          assertThat(tokens.ids())
              .as(name)
              .containsExactly(tokenizer.encode(WellFormedText.of(text)).ids());
        });
  }

  /// Byte-level vocabularies say every text again, whatever it holds.
  @Property(tries = 200)
  void byte_level_tokens_decode_to_the_text(@ForAll("anything") String text) {
    for (String name : List.of("gpt2", "llama3", "java-gpt2-tiny")) {
      HuggingFaceTokenizer tokenizer = Objects.requireNonNull(TOKENIZERS.get(name));
      assertThat(tokenizer.decode(tokenizer.encode(text).ids()))
          .as(name)
          .isEqualTo(WellFormedText.of(text));
    }
  }

  /// 700,000 characters: three pieces.
  @Example
  void a_long_document_has_the_tokens_of_the_whole_and_ranges_right_to_the_last() {
    Random random = new Random(5);
    String[] words = {"the", "return", " 29", "int", "größe", "😀", "{", "});", "x1234567", "a"};
    String[] blanks = {" ", " ", " ", "\n", "\r\n", "\n\n    ", "\t"};
    StringBuilder built = new StringBuilder();
    while (built.length() < 700_000) {
      built.append(words[random.nextInt(words.length)]);
      built.append(blanks[random.nextInt(blanks.length)]);
    }
    String text = built.toString();
    List<Document> parts = new ArrayList<>();
    for (int from = 0; from < text.length(); ) {
      int to = Math.min(text.length(), from + 65_536);
      to -= Character.isHighSurrogate(text.charAt(to - 1)) ? 1 : 0;
      parts.add(
          new Document("d", text.substring(from, to), Part.of(from == 0, to == text.length())));
      from = to;
    }
    TOKENIZERS.forEach(
        (name, tokenizer) -> {
          List<Document> pieces = new ArrayList<>();
          List<TokenTable> windows = new ArrayList<>();
          new TokenWindows(parts.iterator(), tokenizer, 1024, pieces::add)
              .forEachRemaining(windows::add);
          TokenTable read = TokenTable.concatenated(windows);
          TokenizedText whole = tokenizer.encodeDocument(text);

          assertThat(pieces).as(name).hasSizeBetween(3, 4);
          assertThat(Arrays.mismatch(read.ids(), whole.ids()))
              .as("%s: where the ids differ", name)
              .isEqualTo(-1);
          int[] offsets = new int[pieces.size() + 1];
          for (int p = 0; p < pieces.size(); p++) {
            offsets[p + 1] = offsets[p] + pieces.get(p).text().length();
          }
          int[] starts = new int[read.size()];
          Arrays.setAll(starts, t -> read.starts()[t] + offsets[read.documents()[t]]);
          assertThat(Arrays.mismatch(starts, whole.starts()))
              .as("%s: where the ranges differ", name)
              .isEqualTo(-1);
        });
  }

  @Example
  void a_space_before_a_word_is_part_of_its_text_behind_other_text() {
    for (String name : List.of("llama2", "metaspace", "gpt2")) {
      HuggingFaceTokenizer tokenizer = Objects.requireNonNull(TOKENIZERS.get(name));
      int[] ids = tokenizer.encode("return the").ids();
      int last = ids[ids.length - 1];
      assertThat(tokenizer.decodeBehindText(ids)).as(name).endsWith("return the");
      assertThat(tokenizer.decodeBehindText(last))
          .as(name)
          .isEqualTo(name.equals("gpt2") ? tokenizer.decode(last) : " the");
    }
    HuggingFaceTokenizer llama = Objects.requireNonNull(TOKENIZERS.get("llama2"));
    List<String> vocabulary = new ArrayList<>();
    for (int id = 0; id < llama.vocabularySize(); id++) {
      vocabulary.add(llama.vocabularyEntry(id));
    }
    assertThat(llama.decodeBehindText(vocabulary.indexOf("\u258129"))).isEqualTo(" 29");
    assertThat(llama.decodeBehindText(vocabulary.indexOf("29"))).isEqualTo("29");
    assertThat(llama.decode(vocabulary.indexOf("\u258129"))).isEqualTo("29");
  }
}
