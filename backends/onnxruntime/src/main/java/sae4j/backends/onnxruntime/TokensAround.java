// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import sae4j.files.FormatException;

/// The tokens that the post-processor of a `tokenizer.json` puts around a text.
///
/// @param known whether it is of a kind that puts tokens anywhere
/// @param front ids of those before the text
/// @param behind names of those after it
record TokensAround(boolean known, List<Integer> front, List<String> behind) {
  private static final String FIELD = "post_processor";
  private static final String TEXT = "Sequence";

  /// @param file of the tokenizer, for messages
  /// @throws FormatException if a template has no place for the text, or more than one
  static TokensAround of(Path file, JsonNode processor) throws FormatException {
    return switch (processor.path("type").asText()) {
      case TEXT -> sequence(file, processor.path("processors"));
      case "TemplateProcessing" -> template(file, processor);
      case "BertProcessing", "RobertaProcessing" ->
          new TokensAround(
              true,
              List.of(processor.path("cls").path(1).asInt(-1)),
              List.of(processor.path("sep").path(0).asText()));
      default -> new TokensAround(false, List.of(), List.of());
    };
  }

  /// Each puts its tokens around those of the ones before.
  private static TokensAround sequence(Path file, JsonNode processors) throws FormatException {
    boolean known = false;
    List<Integer> front = new ArrayList<>();
    List<String> behind = new ArrayList<>();
    for (JsonNode each : processors) {
      TokensAround around = of(file, each);
      known |= around.known;
      front.addAll(0, around.front);
      behind.addAll(around.behind);
    }
    return new TokensAround(known, front, behind);
  }

  private static TokensAround template(Path file, JsonNode template) throws FormatException {
    List<Integer> front = new ArrayList<>();
    List<String> behind = new ArrayList<>();
    int texts = 0;
    for (JsonNode piece : template.path("single")) {
      String token = piece.path("SpecialToken").path("id").asText();
      if (piece.has(TEXT)) {
        texts++;
      } else if (texts > 0) {
        behind.add(token);
      } else {
        JsonNode ids = template.path("special_tokens").path(token).path("ids");
        ids.forEach(id -> front.add(id.asInt(-1)));
      }
    }
    if (texts != 1) {
      throw new FormatException(
          file,
          FIELD,
          "puts a text in %d places, expected 1".formatted(texts),
          "give --bos none, or download the model again");
    }
    return new TokensAround(true, front, behind);
  }

  /// The token before the text, if there is one.
  ///
  /// @param file of the tokenizer, for messages
  /// @throws FormatException if there are several, or it is none of the tokenizer's
  OptionalInt prepended(Path file, String[] vocabulary) throws FormatException {
    if (front.isEmpty()) {
      return OptionalInt.empty();
    }
    if (front.size() > 1) {
      throw new FormatException(
          file,
          FIELD,
          "puts %d tokens in front of a text, %s, and a document begins with one at most"
              .formatted(front.size(), front),
          "give --bos none to read texts without them, and write those that you want into the"
              + " texts");
    }
    int id = front.getFirst();
    if (id < 0 || id >= vocabulary.length || vocabulary[id].isEmpty()) {
      throw new FormatException(
          file,
          FIELD,
          "puts token %d in front of a text, which is none of its %,d"
              .formatted(id, vocabulary.length),
          "download the model again, or give --bos none");
    }
    return OptionalInt.of(id);
  }
}
