// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sae4j.activations.text.Document;
import sae4j.activations.text.Document.Part;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.whole.WholeFile;

/// The documents that begin in a shard, in a file of JSON lines beside it. What a feature responds
/// to can then be shown without the original files and without the model. Text costs little: about
/// four bytes a token, where activations take hundreds.
final class CapturedText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CapturedText() {}

  /// The file's bytes: an object with `name` and `text` on each line.
  static byte[] encode(List<Document> documents) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Document document : documents) {
      var line = JSON.createObjectNode().put("name", document.name()).put("text", document.text());
      if (document.part() != Part.WHOLE) {
        line.put("part", document.part().name().toLowerCase(Locale.ROOT));
      }
      lines.append(JSON.writeValueAsString(line)).append('\n');
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  static void write(Path file, byte[] encoded) throws IOException {
    AtomicWrite.file(file, encoded);
  }

  /// @throws FormatException if a line is not what [#encode] writes
  static List<Document> read(Path file) throws IOException {
    List<Document> documents = new ArrayList<>();
    WholeFile.requireRegular(file);
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      try {
        JsonNode object = JSON.readTree(line);
        Part part = Part.valueOf(object.path("part").asText("whole").toUpperCase(Locale.ROOT));
        documents.add(
            new Document(object.path("name").asText(), object.path("text").asText(), part));
      } catch (JsonProcessingException | IllegalArgumentException e) {
        throw new FormatException(
            file,
            "line " + (documents.size() + 1),
            "is not what a capture writes",
            "capture again into another folder",
            e);
      }
    }
    return documents;
  }
}
