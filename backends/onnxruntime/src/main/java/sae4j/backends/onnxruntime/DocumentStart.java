// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.files.FormatException;
import sae4j.files.json.Config;
import sae4j.files.json.JsonComplaint;
import sae4j.files.whole.WholeFile;
import sae4j.models.ModelProvider.StartPolicy;
import sae4j.models.chats.ChatFacts;

/// What precedes a document: what the tokenizer itself would put there. Several files speak of it,
/// and they do not always agree. The nearest to the tokenizer is believed: the post-processor in
/// `tokenizer.json`, then `tokenizer_config.json` and `special_tokens_map.json`,
/// `generation_config.json`, and `config.json`.
///
/// @param policy of the user
/// @param tokenizerConfig nothing where there is no such file
/// @param specialTokens `special_tokens_map.json`; nothing where there is no such file
/// @param generation what `generation_config.json` names
/// @param model what `config.json` names
/// @param chats how chats are written, which stands in the same files
record DocumentStart(
    StartPolicy policy,
    JsonNode tokenizerConfig,
    JsonNode specialTokens,
    OptionalInt generation,
    OptionalInt model,
    ChatFacts chats) {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  private static final String TOKEN = "bos_token";
  private static final String IN_TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final String IN_SPECIAL_TOKENS = "special_tokens_map.json";

  /// The token that was chosen, if any, and what the user should know about the choice.
  record Chosen(OptionalInt id, List<String> notes) {
    static Chosen of(int id) {
      return new Chosen(OptionalInt.of(id), List.of());
    }

    static Chosen none(String... notes) {
      return new Chosen(OptionalInt.empty(), List.of(notes));
    }

    Chosen with(List<String> more) {
      return new Chosen(id, Stream.concat(notes.stream(), more.stream()).toList());
    }
  }

  /// Reads those of the files that are there.
  ///
  /// @param files where one of a name is, if it is there
  /// @throws FormatException if one is not JSON, or has something else where the token stands
  static DocumentStart of(
      StartPolicy policy, Function<String, Optional<Path>> files, Optional<ModelConfig> config)
      throws IOException {
    JsonNode tokenizerConfig = ofTokenizer(files.apply(IN_TOKENIZER_CONFIG));
    JsonNode specialTokens = ofTokenizer(files.apply(IN_SPECIAL_TOKENS));
    Optional<Path> generation = files.apply("generation_config.json");
    return new DocumentStart(
        policy,
        tokenizerConfig,
        specialTokens,
        generation.isEmpty() ? OptionalInt.empty() : start(generation.get()),
        config.isEmpty() ? OptionalInt.empty() : config.get().documentStart(),
        ChatFacts.of(tokenizerConfig, specialTokens, files));
  }

  /// @throws FormatException if a field that is read has another type than it must have
  private static JsonNode ofTokenizer(Optional<Path> file) throws IOException {
    if (file.isEmpty()) {
      return MissingNode.getInstance();
    }
    Config config = Config.read(file.get(), ModelConfig.REMEDY);
    for (String flag : List.of("add_bos_token", "add_eos_token")) {
      if (config.has(flag)) {
        config.flag(flag, false);
      }
    }
    if (config.json().path(TOKEN).isObject()) {
      config.below(TOKEN).text("content");
    } else {
      config.text(TOKEN);
    }
    return config.json();
  }

  private static OptionalInt start(Path generationConfig) throws IOException {
    return ModelConfig.parse(generationConfig, WholeFile.bytes(generationConfig)).documentStart();
  }

  /// @throws FormatException if `bytes` are not JSON
  static JsonNode json(Path file, String what, byte[] bytes) throws FormatException {
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      String problem = "is not JSON: " + JsonComplaint.of(e);
      throw new FormatException(file, what, problem, "download the model again", e);
    } catch (IOException e) {
      throw new FormatException(file, what, "is not JSON", "download the model again", e);
    }
  }

  /// The choice in a tokenizer.
  ///
  /// @param file of the tokenizer, for messages
  /// @param tokenizer its content
  /// @param vocabulary its entries by id
  /// @throws FormatException if it puts several tokens in front of a text, or one that it has not
  Chosen in(Path file, JsonNode tokenizer, String[] vocabulary) throws FormatException {
    if (policy == StartPolicy.NONE) {
      return Chosen.none();
    }
    TokensAround around = TokensAround.of(file, tokenizer.path("post_processor"));
    return chosen(file, around, vocabulary).with(leftOut(around));
  }

  /// The choice for a user who wants such a token; nothing where the files name none, or several.
  OptionalInt possible(Path file, JsonNode tokenizer, String[] vocabulary) {
    DocumentStart wanted =
        new DocumentStart(
            StartPolicy.ADD, tokenizerConfig, specialTokens, generation, model, chats);
    try {
      return wanted.in(file, tokenizer, vocabulary).id();
    } catch (FormatException several) {
      return OptionalInt.empty();
    }
  }

  private Chosen chosen(Path file, TokensAround around, String[] vocabulary)
      throws FormatException {
    OptionalInt prepended = around.prepended(file, vocabulary);
    JsonNode adds = tokenizerConfig.path("add_bos_token");
    boolean denied = adds.isBoolean() && !adds.booleanValue();
    if (prepended.isPresent()) {
      return Chosen.of(prepended.getAsInt())
          .with(
              denied
                  ? List.of(
                      ("documents begin with %s, as tokenizer.json says; %s says add_bos_token:"
                              + " false, and --bos none leaves it out")
                          .formatted(
                              FormatException.quote(vocabulary[prepended.getAsInt()]),
                              IN_TOKENIZER_CONFIG))
                  : List.of());
    }
    boolean refused = denied || (around.known() && !adds.asBoolean());
    if (refused && policy == StartPolicy.AUTO) {
      return Chosen.none();
    }
    Chosen named = named(vocabulary);
    boolean wanted = policy == StartPolicy.ADD && named.id().isEmpty();
    return wanted && named.notes().isEmpty()
        ? Chosen.none("--bos add: none of the model's files names a document-start token")
        : named;
  }

  /// What the tokenizer would put behind a text. A model that reads from left to right computes
  /// nothing else for the tokens before it.
  private List<String> leftOut(TokensAround around) {
    if (!around.behind().isEmpty()) {
      return List.of(
          "what tokenizer.json puts behind a text is left out: "
              + FormatException.list(
                  around.behind().stream().map(FormatException::quote).toList()));
    }
    return tokenizerConfig.path("add_eos_token").asBoolean()
        ? List.of("the end token that tokenizer_config.json puts behind a text is left out")
        : List.of();
  }

  /// The token that one of the configurations names. A null is an answer too: there is none.
  private Chosen named(String[] vocabulary) {
    for (String file : nearest()) {
      JsonNode token =
          (file.equals(IN_TOKENIZER_CONFIG) ? tokenizerConfig : specialTokens).path(TOKEN);
      if (token.isNull() && policy == StartPolicy.AUTO) {
        return Chosen.none();
      }
      String content = token.isObject() ? token.path("content").asText() : token.asText("");
      if (!token.isNull() && !content.isEmpty()) {
        int id = Arrays.asList(vocabulary).indexOf(content);
        return id >= 0 ? Chosen.of(id) : unknown(file, "'" + content + "'", vocabulary);
      }
    }
    if (generation.isPresent()) {
      return numbered("generation_config.json", generation.getAsInt(), vocabulary);
    }
    return model.isPresent()
        ? numbered("config.json", model.getAsInt(), vocabulary)
        : Chosen.none();
  }

  /// The order in which the transformers library reads the two files: a configuration that lists
  /// the added tokens is the later one, and the map beside it is left over from before.
  private List<String> nearest() {
    return tokenizerConfig.has("added_tokens_decoder")
        ? List.of(IN_TOKENIZER_CONFIG, IN_SPECIAL_TOKENS)
        : List.of(IN_SPECIAL_TOKENS, IN_TOKENIZER_CONFIG);
  }

  private static Chosen numbered(String file, int id, String[] vocabulary) {
    return id >= 0 && id < vocabulary.length
        ? Chosen.of(id)
        : unknown(file, "token " + id, vocabulary);
  }

  private static Chosen unknown(String file, String token, String[] vocabulary) {
    return Chosen.none(
        "documents have no start token: %s names %s, which is none of the tokenizer's %,d"
            .formatted(file, token, vocabulary.length));
  }
}
