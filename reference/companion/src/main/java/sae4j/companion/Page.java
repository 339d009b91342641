// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The page: one file that needs nothing else. Its text stands in `page.html`; what is quoted or
/// computed is put where the text says so, as in `{{lines calculate_loss Loss.calculateLoss}}`.
public final class Page {
  private static final Pattern PLACE =
      Pattern.compile("\\{\\{(?<what>\\w+) ?(?<detail>[^}]*)\\}\\}");

  private final CodeHtml code = new CodeHtml(meanings());
  private final Walk walk;
  private final JsonNode values;
  private final Map<String, Function<String, String>> contents =
      Map.of(
          "resource", Quoted::resource,
          "lines", this::lines,
          "java", this::java,
          "quirk", Page::quirk,
          "steered", detail -> Documents.steered(),
          "value", this::value,
          "walk", detail -> json(),
          "sweep", detail -> json(Documents.tradeOff()));

  /// @param walk whose numbers it shows
  public Page(Walk walk) {
    this.walk = walk;
    this.values = new JsonMapper().valueToTree(walk);
  }

  /// The content of the file.
  public byte[] bytes() {
    return PLACE
        .matcher(Quoted.resource("page.html"))
        .replaceAll(
            place -> Matcher.quoteReplacement(content(place.group("what"), place.group("detail"))))
        .getBytes(StandardCharsets.UTF_8);
  }

  private String content(String what, String detail) {
    Function<String, String> content = contents.get(what);
    if (content == null) {
      throw new IllegalStateException("page.html asks for %s, which there is not".formatted(what));
    }
    return content.apply(detail);
  }

  /// @param detail a function of the listing and `Type.method`
  private String lines(String detail) {
    String[] names = detail.split("[ .]", -1);
    return code.rows(
        names[1] + "." + names[2],
        Lines.of(Quoted.python(names[0]), Quoted.java(names[1], names[2])));
  }

  /// @param detail `Type.method`
  private String java(String detail) {
    String[] names = detail.split("\\.", -1);
    return code.rows(detail, Lines.of(Quoted.java(names[0], names[1])));
  }

  /// @param phrase that the quirk has and no other
  private static String quirk(String phrase) {
    List<Documents.Quirk> meant =
        Documents.quirks().stream().filter(quirk -> quirk.what().contains(phrase)).toList();
    if (meant.size() != 1) {
      throw new IllegalStateException(
          "%d quirks of docs/article.md have: %s".formatted(meant.size(), phrase));
    }
    return "<aside class=\"quirk\"><p><b>Quirk.</b> %s</p><p><b>Here.</b> %s</p></aside>"
        .formatted(meant.getFirst().what(), meant.getFirst().remedy());
  }

  /// A number of the walk, in the text.
  ///
  /// @param path as in `/lab/training/steps`
  private String value(String path) {
    JsonNode value = values.at(path);
    if (!value.isValueNode()) {
      throw new IllegalStateException("the walk has no number at " + path);
    }
    return value.asText();
  }

  private static Properties meanings() {
    Properties meanings = new Properties();
    try {
      meanings.load(new StringReader(Quoted.resource("lines.properties")));
    } catch (IOException impossible) {
      throw new UncheckedIOException("a string is always readable", impossible);
    }
    return meanings;
  }

  /// The walk for other programs.
  public String json() {
    return json(walk);
  }

  private static String json(Object value) {
    try {
      return new JsonMapper().writeValueAsString(value);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("records of numbers are always writable", impossible);
    }
  }
}
