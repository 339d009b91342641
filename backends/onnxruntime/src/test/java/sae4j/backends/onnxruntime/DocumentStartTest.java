// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.files.FormatException;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.ModelProvider.StartPolicy;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;
import sae4j.models.predictions.SlicedLogits;
import sae4j.models.predictions.SplicedPass;

/// Model folders whose files disagree, or whose tokenizer and model do.
final class DocumentStartTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  /// A copy of a fixture, to be changed.
  private void copy(String family) throws IOException {
    try (Stream<Path> files = Files.list(FamiliesTest.folder(family))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(Objects.requireNonNull(file.getFileName())));
      }
    }
  }

  private ObjectNode json(String name) throws IOException {
    return (ObjectNode) JSON.readTree(folder.resolve(name).toFile());
  }

  private void write(String name, Object json) throws IOException {
    JSON.writeValue(folder.resolve(name).toFile(), json);
  }

  private static ArrayNode ids(LanguageModel model, String text) {
    return JSON.valueToTree(model.tokenizer().encodeDocument(text).ids());
  }

  /// `-` where a file or field is missing. The tokenizer's entry 3 is `#`, 5 is `%`.
  @ParameterizedTest
  @CsvSource({
    // config, generation, tokenizer_config's token, add_bos_token, template, auto, add
    "0, -, -, -, -, 0, 0",
    "0, 3, -, -, -, 3, 3",
    "0, 3, %, -, -, 5, 5",
    "0, 3, %, true, -, 5, 5",
    "0, 3, %, false, -, -, 5",
    "0, 3, -, false, -, -, 3",
    "0, 3, %, -, 7, 7, 7",
    "0, 3, null, -, -, -, 3",
    "0, -, null, -, -, -, 0",
    "0, 3, null, true, -, -, 3",
    "0, 3, null, -, 7, 7, 7",
    "0, 3, %, -, nothing, -, 5",
    "0, 3, %, true, nothing, 5, 5",
    "-, -, -, -, -, -, -",
    "50256, -, -, -, -, -, -",
    "0, 50256, -, -, -, -, -",
    "0, 3, <none>, -, -, -, -",
  })
  void the_file_nearest_to_the_tokenizer_says_what_precedes_a_document(
      String config,
      String generation,
      String token,
      String adds,
      String template,
      String auto,
      String add)
      throws IOException {
    copy("gpt2");
    ObjectNode configuration = json("config.json");
    configuration.remove("bos_token_id");
    if (!config.equals("-")) {
      configuration.put("bos_token_id", Integer.parseInt(config));
    }
    write("config.json", configuration);
    if (!generation.equals("-")) {
      write(
          "generation_config.json",
          JSON.createObjectNode().put("bos_token_id", Integer.parseInt(generation)));
    }
    ObjectNode ofTokenizer = JSON.createObjectNode();
    if (token.equals("null")) {
      ofTokenizer.putNull("bos_token");
    } else if (!token.equals("-")) {
      ofTokenizer.putObject("bos_token").put("content", token);
    }
    if (!adds.equals("-")) {
      ofTokenizer.put("add_bos_token", Boolean.parseBoolean(adds));
    }
    write("tokenizer_config.json", ofTokenizer);
    ObjectNode tokenizer = json("tokenizer.json");
    if (!template.equals("-")) {
      ObjectNode processor =
          tokenizer.putObject("post_processor").put("type", "TemplateProcessing");
      ArrayNode single = processor.putArray("single");
      ObjectNode special = processor.putObject("special_tokens");
      if (!template.equals("nothing")) {
        single.addObject().putObject("SpecialToken").put("id", "(").put("type_id", 0);
        ObjectNode it = special.putObject("(").put("id", "(");
        it.putArray("ids").add(Integer.parseInt(template));
        it.putArray("tokens").add("(");
      }
      single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
      processor.set("pair", single.deepCopy());
    }
    write("tokenizer.json", tokenizer);

    boolean unknown =
        config.equals("50256") || generation.equals("50256") || token.equals("<none>");
    assertStart(StartPolicy.AUTO, auto, unknown ? List.of("no start token") : List.of());
    assertStart(
        StartPolicy.ADD, add, unknown || add.equals("-") ? List.of("start token") : List.of());
    assertStart(StartPolicy.NONE, "-", List.of());
  }

  private void assertStart(StartPolicy policy, String expected, List<String> notes)
      throws IOException {
    try (LanguageModel model = LanguageModels.open(folder.toString(), policy)) {
      OptionalInt start = model.tokenizer().documentStart();
      assertThat(start)
          .as(policy.toString())
          .isEqualTo(
              expected.equals("-")
                  ? OptionalInt.empty()
                  : OptionalInt.of(Integer.parseInt(expected)));
      assertThat(model.notes()).hasSize(notes.size());
      notes.forEach(note -> assertThat(model.notes().getFirst()).contains(note).hasLineCount(1));
    }
  }

  /// `-` where there is no such field. The tokenizer's entry 3 is `#`, 5 is `%`.
  @ParameterizedTest
  @CsvSource({
    // the map's token, tokenizer_config's token, whether that lists the added tokens, auto, add
    "#, -, false, 3, 3",
    "#, -, true, 3, 3",
    "#, %, false, 3, 3",
    "#, %, true, 5, 5",
    "#, null, true, -, 3",
    "null, %, false, -, 5",
    "null, -, false, -, 0",
    "-, %, true, 5, 5",
  })
  void the_map_of_special_tokens_is_read_as_transformers_reads_it(
      String ofMap, String ofConfig, boolean listed, String auto, String add) throws IOException {
    copy("gpt2");
    ObjectNode map = JSON.createObjectNode();
    if (!ofMap.equals("-")) {
      map.put("bos_token", ofMap.equals("null") ? null : ofMap);
    }
    write("special_tokens_map.json", map);
    ObjectNode config = JSON.createObjectNode();
    if (!ofConfig.equals("-")) {
      config.put("bos_token", ofConfig.equals("null") ? null : ofConfig);
    }
    if (listed) {
      config.putObject("added_tokens_decoder");
    }
    write("tokenizer_config.json", config);
    assertStart(StartPolicy.AUTO, auto, List.of());
    assertStart(StartPolicy.ADD, add, List.of());
  }

  /// A template: tokens as `name=ids`, and `A` for the text.
  private void template(String pieces) throws IOException {
    ObjectNode tokenizer = json("tokenizer.json");
    ObjectNode processor = tokenizer.putObject("post_processor").put("type", "TemplateProcessing");
    ArrayNode single = processor.putArray("single");
    ObjectNode special = processor.putObject("special_tokens");
    for (String piece : pieces.split(" ", -1)) {
      if (piece.equals("A")) {
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        continue;
      }
      String name = piece.replaceFirst("=.*", "");
      single.addObject().putObject("SpecialToken").put("id", name).put("type_id", 0);
      ObjectNode it = special.putObject(name).put("id", name);
      ArrayNode ids = it.putArray("ids");
      ArrayNode tokens = it.putArray("tokens");
      for (String id : piece.replaceFirst(".*=", "").split("\\+", -1)) {
        ids.add(Integer.parseInt(id));
        tokens.add(name);
      }
    }
    processor.set("pair", single.deepCopy());
    write("tokenizer.json", tokenizer);
  }

  @ParameterizedTest
  @CsvSource({
    "x=3+5 A, '2 tokens in front of a text, [3, 5]'",
    "x=3 y=5 A, '2 tokens in front of a text, [3, 5]'",
    "x=3 x=3 A, '2 tokens in front of a text, [3, 3]'",
    "x=3+5+7 y=9 A z=3, '4 tokens in front of a text'",
    "x=99999 A, 'token 99999 in front of a text'",
    "A x=3 A, 'a text in 2 places'",
    "x=3, 'a text in 0 places'",
  })
  void a_template_that_cannot_be_followed_is_refused_and_not_cut(String pieces, String why)
      throws IOException {
    copy("gpt2");
    template(pieces);
    for (StartPolicy policy : List.of(StartPolicy.AUTO, StartPolicy.ADD)) {
      assertThatThrownBy(() -> LanguageModels.open(folder.toString(), policy).close())
          .isInstanceOf(FormatException.class)
          .hasMessageContainingAll("tokenizer.json: post_processor", why, "--bos none");
    }
    assertStart(StartPolicy.NONE, "-", List.of());
  }

  @Test
  void templates_one_after_another_add_up() throws IOException {
    copy("gpt2");
    template("x=3 A y=7");
    ObjectNode tokenizer = json("tokenizer.json");
    ObjectNode processor = (ObjectNode) tokenizer.get("post_processor");
    ObjectNode sequence = tokenizer.putObject("post_processor").put("type", "Sequence");
    ArrayNode processors = sequence.putArray("processors").add(processor);
    write("tokenizer.json", tokenizer);
    assertStart(StartPolicy.AUTO, "3", List.of("'y'"));
    processors.add(processor.deepCopy());
    write("tokenizer.json", tokenizer);
    assertThatThrownBy(() -> LanguageModels.open(folder.toString()).close())
        .hasMessageContaining("[3, 3]");
  }

  @Test
  void what_is_put_behind_a_text_is_left_out_with_a_word() throws IOException {
    copy("gpt2");
    template("x=3 A y=5 z=7");
    assertStart(StartPolicy.AUTO, "3", List.of("is left out: 'y', 'z'"));
    write("tokenizer_config.json", JSON.createObjectNode().put("add_bos_token", false));
    template("x=3 A");
    assertStart(StartPolicy.AUTO, "3", List.of("add_bos_token: false"));
    template("A");
    write("tokenizer_config.json", JSON.createObjectNode().put("add_eos_token", true));
    assertStart(StartPolicy.AUTO, "-", List.of("the end token"));
  }

  /// Ten rows fewer than the tokenizer has tokens.
  @Test
  void a_token_that_the_model_has_no_row_for_is_refused_with_both_files() throws IOException {
    copy("gpt2");
    ObjectNode tokenizer = json("tokenizer.json");
    ObjectNode vocabulary = (ObjectNode) tokenizer.get("model").get("vocab");
    ObjectNode added = ((ArrayNode) tokenizer.get("added_tokens")).addObject();
    added.put("id", 300).put("content", "<new>").put("special", true);
    for (String field : List.of("single_word", "lstrip", "rstrip", "normalized")) {
      added.put(field, false);
    }
    assertThat(vocabulary.size()).isEqualTo(300);
    write("tokenizer.json", tokenizer);
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      TokenBatch beyond = TokenBatch.of(model.tokenizer().encodeDocument("(<new>").ids());
      assertThatThrownBy(() -> model.logits(beyond))
          .hasMessageContainingAll(
              folder.toString(),
              "token 300 at position 2",
              "'<new>'",
              "vocab_size in config.json",
              "tokenizer.json");
      assertThatThrownBy(() -> model.logits(TokenBatch.of(new int[] {0, 12345})))
          .hasMessageContainingAll("token 12345", "give ids from 0 to 299");
    }
    template("x=300 A");
    assertThatThrownBy(() -> LanguageModels.open(folder.toString()).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(
            "tokenizer.json: document start", "300", "vocab_size", "--bos none");
  }

  @Test
  void dropout_in_a_tokenizer_is_switched_off_with_a_word() throws IOException {
    copy("gpt2");
    String text = "public static final int value = 12345;".repeat(20);
    ArrayNode plain;
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      plain = ids(model, text);
    }
    ObjectNode tokenizer = json("tokenizer.json");
    ((ObjectNode) tokenizer.get("model")).put("dropout", 0.5);
    write("tokenizer.json", tokenizer);
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      assertThat(ids(model, text)).isEqualTo(plain);
      assertThat(model.notes()).hasSize(1);
      assertThat(model.notes().getFirst()).contains("dropout", "switched off");
    }
  }

  @Test
  void an_added_token_has_the_id_that_the_file_says_or_is_refused() throws IOException {
    copy("gpt2");
    String good = Files.readString(folder.resolve("tokenizer.json"));
    ObjectNode tokenizer = json("tokenizer.json");
    String known = tokenizer.get("added_tokens").get(0).get("content").asText();
    for (int id : new int[] {7, 305}) {
      ((ObjectNode) tokenizer.get("added_tokens").get(0)).put("id", id);
      write("tokenizer.json", tokenizer);
      assertThatThrownBy(() -> LanguageModels.open(folder.toString()).close())
          .isInstanceOf(FormatException.class)
          .hasMessageContainingAll(
              "tokenizer.json: added_tokens", "'" + known + "'", "token " + id, "it is 0");
    }
    Files.writeString(folder.resolve("tokenizer.json"), "\uFEFF" + good);
    LanguageModels.open(folder.toString()).close();
    Files.writeString(
        folder.resolve("tokenizer.json"), good.replaceFirst("\\{", "{\"model\": {},"));
    assertThatThrownBy(() -> LanguageModels.open(folder.toString()).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("tokenizer.json", "'model'");
  }

  @Test
  void a_text_that_a_tokenizer_cannot_encode_is_refused_with_the_tokenizers_file()
      throws IOException {
    copy("gpt2");
    ObjectNode tokenizer = json("tokenizer.json");
    tokenizer.putObject("model").put("type", "WordLevel").put("unk_token", "[UNK]");
    ObjectNode words = ((ObjectNode) tokenizer.get("model")).putObject("vocab");
    words.put("<s>", 0).put("known", 1);
    tokenizer.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
    tokenizer.putNull("decoder");
    write("tokenizer.json", tokenizer);
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      assertThat(ids(model, "known known")).hasSize(3);
      assertThatThrownBy(() -> model.tokenizer().encodeDocument("known strange"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("tokenizer.json: ", "cannot encode", "; ")
          .message()
          .hasLineCount(1);
    }
  }

  @Test
  void a_document_that_begins_with_its_start_token_has_it_once() throws IOException {
    copy("gpt2");
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      ArrayNode once = ids(model, "int x;");
      assertThat(once.get(0).intValue()).isZero();
      assertThat(ids(model, "<s>int x;")).isEqualTo(once);
    }
  }

  /// A model with more rows than its tokenizer has tokens, as models are padded to round sizes.
  @Test
  void ids_beyond_the_tokenizer_are_never_written() throws IOException {
    copy("gpt2");
    ObjectNode tokenizer = json("tokenizer.json");
    ObjectNode bpe = (ObjectNode) tokenizer.get("model");
    ArrayNode merges = (ArrayNode) bpe.get("merges");
    ObjectNode vocabulary = (ObjectNode) bpe.get("vocab");
    while (merges.size() > 10) {
      merges.remove(merges.size() - 1);
    }
    List<String> beyond =
        vocabulary.properties().stream()
            .filter(entry -> entry.getValue().intValue() >= 267)
            .map(Map.Entry::getKey)
            .toList();
    beyond.forEach(vocabulary::remove);
    write("tokenizer.json", tokenizer);

    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      assertThat(model.vocabularySize()).isEqualTo(300);
      assertThat(model.tokenizer().vocabularySize()).isEqualTo(267);
      for (int seed = 0; seed < 3; seed++) {
        int[] written = model.generate(new int[] {0, 5}, new Sampling(60, 100, seed), List.of());
        assertThat(written).hasSize(60);
        assertThat(Arrays.stream(written)).allMatch(id -> id < 267);
        assertThat(model.generate("int x", new Sampling(40, 100, seed), List.of())).isNotEmpty();
      }
    }
  }

  @Test
  void special_tokens_in_the_text_are_rows_that_can_be_left_out() throws IOException {
    copy("gpt2");
    ObjectNode tokenizer = json("tokenizer.json");
    Map.Entry<String, JsonNode> word =
        tokenizer.get("model").get("vocab").properties().stream()
            .filter(entry -> entry.getKey().matches("[a-z]{2,}"))
            .findFirst()
            .orElseThrow();
    ObjectNode turn = ((ArrayNode) tokenizer.get("added_tokens")).addObject();
    turn.set("id", word.getValue());
    turn.put("content", word.getKey()).put("special", true);
    for (String field : List.of("single_word", "lstrip", "rstrip", "normalized")) {
      turn.put(field, false);
    }
    write("tokenizer.json", tokenizer);
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      int[] ids = model.tokenizer().encodeDocument("(" + word.getKey() + "(<s>(").ids();
      assertThat(ids).hasSize(6);
      TokenBatch tokensBT = TokenBatch.of(ids);

      assertThat(KeptRows.ALL.of(tokensBT, model.tokenizer())).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(KeptRows.BEHIND_STARTS.of(tokensBT, model.tokenizer()))
          .containsExactly(1, 2, 3, 5);
      assertThat(KeptRows.NOT_SPECIAL.of(tokensBT, model.tokenizer())).containsExactly(1, 3, 5);
    }
  }

  /// What follows the last block sees one token at a time.
  @ParameterizedTest
  @CsvSource({"gpt2", "llama", "pythia", "gpt2/onnx-dynamo", "llama/onnx-legacy"})
  void logits_in_slices_are_those_of_the_whole_pass(String family) throws IOException {
    try (LanguageModel model = LanguageModels.open(FamiliesTest.folder(family).toString())) {
      TokenBatch tokensBT =
          TokenBatch.of(List.of(new int[] {0, 9, 31, 44, 5}, new int[] {0, 7, 7, 8, 2}));
      FloatRows whole = model.logits(tokensBT);
      for (String hook : List.of("blocks.0.hook_resid_pre", "blocks.1.hook_resid_post")) {
        SplicedPass pass = new SplicedPass(model, tokensBT, HookPoint.parse(hook));
        for (int rows : new int[] {1, 3, 10}) {
          SlicedLogits sliced = pass.cleanLogits((long) rows * model.vocabularySize());
          assertThat(sliced.count()).isEqualTo(Math.ceilDiv(10, rows));
          for (int slice = 0; slice < sliced.count(); slice++) {
            FloatRows logits = sliced.slice(slice);
            assertThat(logits.rows()).isEqualTo(Math.min(rows, 10 - sliced.firstRow(slice)));
            for (int i = 0; i < logits.values().length; i++) {
              assertThat(logits.values()[i])
                  .isCloseTo(
                      whole.values()[sliced.firstRow(slice) * whole.width() + i],
                      org.assertj.core.api.Assertions.within(1e-5f));
            }
          }
        }
      }
    }
  }
}
