// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import sae4j.files.NewFile;

/// Data as a script that passes it to the page: `SAE.data("name", …);`. A page that was opened from
/// disk may load scripts, but not read files.
final class DataScript {
  private static final JsonFactory JSON = new JsonFactory();
  private static final MathContext FOUR_DIGITS = new MathContext(4);

  private DataScript() {}

  /// Writes one value.
  @FunctionalInterface
  interface Content {
    void writeTo(JsonGenerator json) throws IOException;
  }

  static void write(Path file, String name, Content content) throws IOException {
    String script = "SAE.data(" + json(out -> out.writeString(name)) + "," + json(content) + ");\n";
    NewFile.write(file, script.getBytes(StandardCharsets.UTF_8));
  }

  static String json(Content content) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      content.writeTo(json);
    }
    return text.toString();
  }

  /// A number rounded to four digits, which is enough to read; null if it is not finite.
  static void number(JsonGenerator json, double value) throws IOException {
    if (!Double.isFinite(value)) {
      json.writeNull();
    } else if (value == Math.rint(value) && Math.abs(value) < 1e9) {
      json.writeNumber((long) value);
    } else {
      json.writeNumber(BigDecimal.valueOf(value).round(FOUR_DIGITS).stripTrailingZeros());
    }
  }
}
