// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.ahead.Ahead;
import sae4j.activations.text.fields.TextField;
import sae4j.activations.text.fields.TextField.Found;
import sae4j.activations.text.fields.TextField.NoText;
import sae4j.files.FormatException;
import sae4j.files.json.JsonComplaint;

/// Documents in a file of JSON values. Values without a text are passed over and counted, unless
/// the rules are strict; what was passed over is said when the file is closed.
abstract class JsonText extends DocumentReader {
  /// The longest value that is read into memory.
  static final int LONGEST = 1 << 25;

  static final ObjectReader JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(LONGEST)
                          .maxNumberLength(LONGEST)
                          .maxNameLength(LONGEST)
                          .build())
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .build())
          .reader()
          .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private final String unit;
  private final TextField textField;
  private @Nullable String guessed;
  private @Nullable String firstReason;
  private long passedOver;

  /// Values met so far; the number of the one that is read.
  long met;

  /// @param unit what a value is called: `line`
  JsonText(Path file, TextRules rules, String unit) {
    super(file, rules);
    this.unit = unit;
    this.textField = new TextField(rules.field(), rules.chats());
  }

  /// The document in a value; null where it is passed over.
  ///
  /// @param name of the document
  @Nullable Document document(String name, JsonNode value) throws IOException {
    try {
      Found found = textField.of(file, value);
      sayGuess(found);
      return new Document(name, found.text());
    } catch (NoText nothing) {
      passOver(String.valueOf(nothing.getMessage()), nothing);
      return null;
    }
  }

  /// What was guessed is said; a field that is called `text`, or was named, is no guess.
  private void sayGuess(Found found) {
    String field = found.field();
    if (rules.field() != null || field.equals(TextField.TEXT) || guessed != null) {
      return;
    }
    guessed = field;
    rules
        .say()
        .accept(
            found.chat()
                ? "%s: has no \"text\"; read are the \"%s\", %s"
                    .formatted(file, field, rules.chats().done())
                : "%s: has no \"text\"; read is the \"%s\"".formatted(file, field));
  }

  /// Counts the value that is read as one without a text.
  ///
  /// @throws FormatException if the rules are strict
  void passOver(String reason, IOException cause) throws IOException {
    if (rules.strict()) {
      throw new FormatException(file, place(), reason, remedy(), cause);
    }
    Ahead.requireWanted();
    passedOver++;
    if (firstReason == null) {
      firstReason = place() + ": " + reason;
    }
  }

  /// Checks at the end of the file that there was something in it.
  ///
  /// @throws FormatException if there were values and none was read
  void requireSome() throws FormatException {
    if (passedOver > 0 && passedOver == met) {
      throw new FormatException(
          file, unit + "s", "none of %,d could be read; %s".formatted(met, firstReason), remedy());
    }
  }

  private String remedy() {
    return rules.field() == null
        ? "write one object with a string \"text\" in each "
            + unit
            + ", or name another field with --text-field"
        : "name a field that all have with --text-field";
  }

  /// A parser's complaint in one line, without its source.
  static String complaint(JsonProcessingException e) {
    return e instanceof StreamConstraintsException
        ? "longer than %,d characters, or too deep".formatted(LONGEST)
        : "not a JSON object (" + JsonComplaint.withoutPlace(e) + ")";
  }

  @Override
  String place() {
    return unit + " " + met;
  }

  @Override
  @Nullable Supplier<String> remark() {
    if (passedOver == 0) {
      return null;
    }
    long count = passedOver;
    long of = met;
    @Nullable String first = firstReason;
    return () -> "%s: %,d of %,d %ss were not read; %s".formatted(file, count, of, unit, first);
  }
}
