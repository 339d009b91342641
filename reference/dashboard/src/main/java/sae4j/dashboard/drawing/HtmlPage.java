// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.awt.Color;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A page that opens from disk and needs nothing else: headings, pictures, tables.
public final class HtmlPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --paper: #fdfcf9; --ink: #22252b; --quiet: #565b64;
        --line: #e3e0d8; --accent: #1f5fa8; --missed: #a8481a; }
      body { margin: 0 auto; max-width: 1200px; padding: 32px 24px 64px; background: var(--paper);
        color: var(--ink); font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, sans-serif; }
      h1 { font-size: 26px; line-height: 1.2; margin: 0 0 8px; overflow-wrap: anywhere; }
      h2 { font-size: 18px; margin: 40px 0 12px; }
      p { color: var(--quiet); margin: 0 0 20px; overflow-wrap: anywhere; }
      a { color: var(--accent); text-underline-offset: 3px; }
      svg { width: 100%; max-width: 640px; height: auto; display: block; }
      .pictures { display: grid; gap: 24px 40px;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
      figure { margin: 0; }
      .wide + p { margin-top: 12px; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: 5px 16px 5px 0; text-align: right; border-bottom: 1px solid var(--line); }
      th { font-weight: 600; } td:first-child, th:first-child { text-align: left; }
      tbody tr:hover { background: color-mix(in srgb, var(--ink) 5%, transparent); }
      .pairs td { text-align: left; overflow-wrap: anywhere; min-width: 9em; }
      .missed { color: var(--missed); font-weight: 600; }
      @media (max-width: 620px) {
        body { padding: 20px 14px 48px; font-size: 15px; }
        h1 { font-size: 22px; }
        .wide table:not(.pairs) { font-size: 14px; white-space: nowrap; }
        .pairs td:first-child { min-width: 0; }
      }
      """;

  /// Pictures are drawn for light paper; in the dark their colours are exchanged one by one.
  private static final String DARK =
      Palette.inTheDark().entrySet().stream()
          .map(
              pair ->
                  "  [fill='%s'] { fill: %s; } [stroke='%s'] { stroke: %s; }\n"
                      .formatted(
                          rgb(pair.getKey()),
                          rgb(pair.getValue()),
                          rgb(pair.getKey()),
                          rgb(pair.getValue())))
          .collect(
              Collectors.joining(
                  "",
                  """
                  @media (prefers-color-scheme: dark) {
                    :root { --paper: #15171b; --ink: #e8e6e1; --quiet: #a3a8b1; --line: #31353c;
                      --accent: #8ab8f0; --missed: #f0996a; }
                  """,
                  "}\n"));

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

  /// Pictures as SVG in the page itself, side by side where there is room.
  public HtmlPage pictures(List<Picture> pictures) {
    body.append("<div class=\"pictures\">\n");
    for (Picture picture : pictures) {
      body.append("<figure>\n")
          .append(new String(picture.svg(), StandardCharsets.UTF_8))
          .append("</figure>\n");
    }
    body.append("</div>\n");
    return this;
  }

  /// What stands in a cell of a table.
  ///
  /// @param text for people
  /// @param link a path beside the page; empty for none
  /// @param missed whether it is not what it was meant to be
  public record Cell(String text, String link, boolean missed) {
    /// Text alone.
    public static Cell of(String text) {
      return new Cell(text, "", false);
    }
  }

  /// A table whose first column names what the others say of it.
  public HtmlPage table(List<String> header, List<List<Cell>> rows) {
    body.append("<div class=\"wide\"><table>\n<thead>");
    row("th", header);
    body.append("</thead><tbody>\n");
    for (List<Cell> row : rows) {
      body.append("<tr>");
      row.forEach(this::cell);
      body.append("</tr>\n");
    }
    body.append("</tbody></table></div>\n");
    return this;
  }

  private void cell(Cell cell) {
    body.append(cell.missed ? "<td class=\"missed\">" : "<td>");
    if (cell.link.isEmpty()) {
      body.append(escaped(cell.text));
    } else {
      link(cell.text, cell.link);
    }
    body.append("</td>\n");
  }

  private void link(String text, String path) {
    body.append("<a href=\"")
        .append(escaped(path).replace("\"", "&quot;"))
        .append("\">")
        .append(escaped(text))
        .append("</a>");
  }

  /// A line of links to files beside the page.
  ///
  /// @param files by what they are called
  public HtmlPage links(Map<String, String> files) {
    body.append("<p>");
    String between = "";
    for (Map.Entry<String, String> file : files.entrySet()) {
      body.append(between);
      link(file.getKey(), file.getValue());
      between = " · ";
    }
    body.append("</p>\n");
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

  private static String rgb(Color colour) {
    return "#%06x".formatted(colour.getRGB() & 0xFFFFFF);
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
    %s%s</style>
    </head>
    <body>
    %s</body>
    </html>
    """
        .formatted(escaped(title), STYLE, DARK, body)
        .getBytes(StandardCharsets.UTF_8);
  }
}
