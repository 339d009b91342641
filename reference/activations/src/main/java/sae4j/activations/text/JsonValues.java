// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// A `.json` file: an array whose elements are documents, or values one after another. Elements are
/// read one at a time, so an array may be larger than memory. Behind a broken element nothing can
/// be trusted, so it ends the reading.
final class JsonValues extends JsonText {
  private @Nullable JsonParser parser;
  private boolean inArray;
  private boolean within;

  JsonValues(Path file, TextRules rules) {
    super(file, rules, "element");
  }

  @Override
  @Nullable Document next() throws IOException {
    try {
      if (parser == null) {
        parser = JSON.createParser(TextInput.characters(file, rules));
      }
      return next(parser);
    } catch (JsonProcessingException e) {
      throw new FormatException(
          file,
          "element " + (within ? met : met + 1),
          complaint(e),
          "mend the file, or write it as JSONL",
          e);
    }
  }

  private @Nullable Document next(JsonParser from) throws IOException {
    while (true) {
      JsonToken token = from.nextToken();
      if (token == JsonToken.START_ARRAY && !inArray && met == 0) {
        inArray = true;
        continue;
      }
      if (token == JsonToken.END_ARRAY && inArray) {
        inArray = false;
        if (from.nextToken() != null) {
          throw new FormatException(
              file, "array", "is followed by more", "write one array, or JSONL");
        }
        token = null;
      }
      if (token == null) {
        if (met == 0) {
          throw new FormatException(file, "JSON", "holds no value", "write an array of documents");
        }
        requireSome();
        return null;
      }
      met++;
      within = true;
      JsonNode value = JSON.readTree(from);
      within = false;
      @Nullable Document document = document(file + ":" + met, value);
      if (document != null) {
        return document;
      }
    }
  }

  @Override
  void close() throws IOException {
    if (parser != null) {
      parser.close();
    }
  }
}
