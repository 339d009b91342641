// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// A page that opens from disk and needs nothing else: headings, pictures, tables.
public final class HtmlPage {
  private static final String STYLE =
      """
      body { margin: 0 auto; max-width: 1200px; padding: 32px 24px 64px; background: #fdfcf9;
        color: #22252b; font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, sans-serif; }
      h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 40px 0 12px; }
      p { color: #565b64; margin: 0 0 20px; }
      svg { max-width: 100%; height: auto; display: block; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: 5px 16px 5px 0; text-align: right; border-bottom: 1px solid #e3e0d8; }
      th { font-weight: 600; } td:first-child, th:first-child { text-align: left; }
      .pairs td { text-align: left; overflow-wrap: anywhere; }
      """;

  private final StringBuilder body = new StringBuilder();
  private final String title;

  /// @param title of the page
  /// @param summary a sentence below it
  public HtmlPage(String title, String summary) {
    this.title = title;
    element("h1", title);
    element("p", summary);
  }

  /// A heading.
  public HtmlPage heading(String text) {
    element("h2", text);
    return this;
  }

  /// A picture, as SVG in the page itself.
  public HtmlPage picture(Picture picture) {
    body.append("<figure style=\"margin:0\">\n")
        .append(new String(picture.svg(), StandardCharsets.UTF_8))
        .append("</figure>\n");
    return this;
  }

  /// A table whose first column names what the others say of it.
  public HtmlPage table(List<String> header, List<List<String>> rows) {
    body.append("<div class=\"wide\"><table>\n");
    row("th", header);
    rows.forEach(row -> row("td", row));
    body.append("</table></div>\n");
    return this;
  }

  /// Names and what belongs to them.
  public HtmlPage pairs(Map<String, String> pairs) {
    body.append("<div class=\"wide\"><table class=\"pairs\">\n");
    pairs.forEach((name, value) -> row("td", List.of(name, value)));
    body.append("</table></div>\n");
    return this;
  }

  private void row(String kind, List<String> cells) {
    body.append("<tr>");
    cells.forEach(cell -> element(kind, cell));
    body.append("</tr>\n");
  }

  private void element(String kind, String text) {
    body.append('<').append(kind).append('>').append(escaped(text));
    body.append("</").append(kind).append(">\n");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /// The content of the file.
  public byte[] bytes() {
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>%s</title>
    <style>
    %s</style>
    </head>
    <body>
    %s</body>
    </html>
    """
        .formatted(escaped(title), STYLE, body)
        .getBytes(StandardCharsets.UTF_8);
  }
}
