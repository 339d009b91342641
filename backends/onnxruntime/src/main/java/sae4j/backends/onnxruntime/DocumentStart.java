// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import sae4j.backends.onnxruntime.families.ModelConfig;
import sae4j.files.FormatException;
import sae4j.files.json.Config;
import sae4j.models.ModelProvider.StartPolicy;

/// What precedes a document: what the tokenizer itself would put there. Several files speak of it,
/// and they do not always agree. The nearest to the tokenizer is believed: the post-processor in
/// `tokenizer.json`, then `tokenizer_config.json`, `generation_config.json` and `config.json`.
///
/// @param policy of the user
/// @param tokenizerConfig nothing where there is no such file
/// @param generation what `generation_config.json` names
/// @param model what `config.json` names
record DocumentStart(
    StartPolicy policy, JsonNode tokenizerConfig, OptionalInt generation, OptionalInt model) {

  /// The token that was chosen, if any, and what the user should know about the choice.
  record Chosen(OptionalInt id, Optional<String> note) {
    static Chosen of(int id) {
      return new Chosen(OptionalInt.of(id), Optional.empty());
    }

    static Chosen none() {
      return new Chosen(OptionalInt.empty(), Optional.empty());
    }
  }

  /// Reads those of the files that are there.
  ///
  /// @throws FormatException if one is not JSON, or has something else where the token stands
  static DocumentStart of(
      StartPolicy policy,
      Optional<Path> tokenizerConfig,
      Optional<Path> generationConfig,
      Optional<ModelConfig> config)
      throws IOException {
    return new DocumentStart(
        policy,
        tokenizerConfig.isEmpty()
            ? MissingNode.getInstance()
            : tokenizerConfig(tokenizerConfig.get()),
        generationConfig.isEmpty() ? OptionalInt.empty() : start(generationConfig.get()),
        config.isEmpty() ? OptionalInt.empty() : config.get().documentStart());
  }

  /// @throws FormatException if a field that is read has another type than it must have
  private static JsonNode tokenizerConfig(Path file) throws IOException {
    Config config = Config.read(file, ModelConfig.REMEDY);
    for (String flag : List.of("add_bos_token", "add_eos_token")) {
      if (config.has(flag)) {
        config.flag(flag, false);
      }
    }
    if (config.json().path("bos_token").isObject()) {
      config.below("bos_token").text("content");
    } else {
      config.text("bos_token");
    }
    return config.json();
  }

  private static OptionalInt start(Path generationConfig) throws IOException {
    return ModelConfig.parse(generationConfig, Files.readAllBytes(generationConfig))
        .documentStart();
  }

  /// @throws FormatException if `bytes` are not JSON
  static JsonNode json(Path file, String what, byte[] bytes) throws FormatException {
    try {
      return new ObjectMapper().readTree(bytes);
    } catch (IOException e) {
      throw new FormatException(file, what, "is not JSON", "download the model again", e);
    }
  }

  /// The choice in a tokenizer.
  ///
  /// @param tokenizer the content of `tokenizer.json`
  /// @param vocabulary its entries by id
  Chosen in(JsonNode tokenizer, String[] vocabulary) {
    if (policy == StartPolicy.NONE) {
      return Chosen.none();
    }
    JsonNode template = template(tokenizer.path("post_processor"));
    OptionalInt prepended = prepended(template);
    if (prepended.isPresent()) {
      return Chosen.of(prepended.getAsInt());
    }
    JsonNode adds = tokenizerConfig.path("add_bos_token");
    boolean refused =
        (adds.isBoolean() && !adds.booleanValue())
            || (!template.isMissingNode() && !adds.asBoolean());
    if (refused && policy == StartPolicy.AUTO) {
      return Chosen.none();
    }
    Chosen named = named(vocabulary);
    boolean wanted = policy == StartPolicy.ADD && named.id().isEmpty();
    return wanted && named.note().isEmpty()
        ? new Chosen(
            OptionalInt.empty(),
            Optional.of("--bos add: none of the model's files names a document-start token"))
        : named;
  }

  /// The token that one of the configurations names.
  private Chosen named(String[] vocabulary) {
    JsonNode token = tokenizerConfig.path("bos_token");
    String content = token.isObject() ? token.path("content").asText() : token.asText("");
    if (!content.isEmpty()) {
      int id = Arrays.asList(vocabulary).indexOf(content);
      return id >= 0
          ? Chosen.of(id)
          : unknown("tokenizer_config.json", "'" + content + "'", vocabulary);
    }
    if (generation.isPresent()) {
      return numbered("generation_config.json", generation.getAsInt(), vocabulary);
    }
    return model.isPresent()
        ? numbered("config.json", model.getAsInt(), vocabulary)
        : Chosen.none();
  }

  private static Chosen numbered(String file, int id, String[] vocabulary) {
    return id >= 0 && id < vocabulary.length
        ? Chosen.of(id)
        : unknown(file, "token " + id, vocabulary);
  }

  private static Chosen unknown(String file, String token, String[] vocabulary) {
    return new Chosen(
        OptionalInt.empty(),
        Optional.of(
            "documents have no start token: %s names %s, which is none of the tokenizer's %,d"
                .formatted(file, token, vocabulary.length)));
  }

  /// The post-processor that puts tokens around a text, alone or among others.
  private static JsonNode template(JsonNode processor) {
    if (processor.path("type").asText().equals("Sequence")) {
      for (JsonNode each : processor.path("processors")) {
        JsonNode found = template(each);
        if (!found.isMissingNode()) {
          return found;
        }
      }
    }
    boolean around =
        processor
            .path("type")
            .asText()
            .matches("TemplateProcessing|BertProcessing|RobertaProcessing");
    return around ? processor : MissingNode.getInstance();
  }

  /// The token that a post-processor puts first.
  private static OptionalInt prepended(JsonNode template) {
    JsonNode start = template.path("cls").path(1);
    if (template.path("type").asText().equals("TemplateProcessing")) {
      String name = template.path("single").path(0).path("SpecialToken").path("id").asText();
      start = template.path("special_tokens").path(name).path("ids").path(0);
    }
    return start.canConvertToInt() ? OptionalInt.of(start.intValue()) : OptionalInt.empty();
  }
}
