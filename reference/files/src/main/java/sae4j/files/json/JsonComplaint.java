// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;

/// What is wrong with JSON, and where, in words for someone who wrote the file and not the parser.
public final class JsonComplaint {
  private JsonComplaint() {}

  /// One line without the parser's names for its settings and types.
  public static String of(JsonProcessingException malformed) {
    return withoutPlace(malformed) + place(malformed.getLocation());
  }

  /// As [#of], for a text that stands on a line of its own.
  public static String withoutPlace(JsonProcessingException malformed) {
    String words = malformed.getOriginalMessage();
    return switch (malformed) {
      case JsonProcessingException _ when words.startsWith("Unexpected end") -> "it ends too early";
      case StreamConstraintsException _ -> "it is nested too deep, or a part of it is too long";
      case MismatchedInputException _ when words.startsWith("Trailing token") ->
          "there is more behind the value";
      case MismatchedInputException _ when words.startsWith("Duplicate field") ->
          words.replaceFirst("Duplicate field '(.*)' for .*", "the key '$1' is there twice");
      case MismatchedInputException _ when words.startsWith("No content") -> "it is empty";
      default ->
          words
              .replaceAll("\\s*\\R\\s*", " ")
              .replaceFirst("close marker ", "")
              .replaceFirst(" ?\\(start marker at .*", "")
              .replaceFirst(" ?\\(for [A-Z].*", "")
              .replaceFirst(" ?\\(not recognized as one since .*", "")
              .replaceAll(" ?\\(class [^)]*\\)| of type `[^`]*`|, not marked as ignorable", "")
              .replaceFirst("[:,] (maybe a|enable|was expecting|expected) .*", "")
              .strip();
    };
  }

  private static String place(JsonLocation location) {
    return location == null || location.getLineNr() < 1
        ? ""
        : ", at line %,d, column %,d".formatted(location.getLineNr(), location.getColumnNr());
  }
}
