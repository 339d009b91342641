// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the page takes from the project's documents, whose figures tests keep true.
final class Documents {
  private static final Pattern CODE = Pattern.compile("`([^`]*)`");
  private static final Pattern LINK = Pattern.compile("\\[([^\\]]*)\\]\\([^)]*\\)");

  private Documents() {}

  /// An SAE of the sweep in `docs/trade-off.md`.
  ///
  /// @param architecture as `--architecture` names it
  /// @param target the sparsity that was asked for
  /// @param l0 mean number of active features
  /// @param lossRecovered against mean ablation
  record Swept(String architecture, String target, double l0, double lossRecovered) {}

  /// The table of the sweep.
  static List<Swept> tradeOff() {
    return rows("trade-off.md", "| architecture | target |").stream()
        .map(
            cells ->
                new Swept(
                    cells.get(0),
                    cells.get(1),
                    Double.parseDouble(cells.get(2)),
                    Double.parseDouble(cells.get(4).replaceFirst(" .*", ""))))
        .toList();
  }

  /// A quirk of the listing: what it is, and what this project does about it.
  record Quirk(String what, String remedy) {}

  /// The quirks of `docs/article.md`.
  static List<Quirk> quirks() {
    return rows("article.md", "| quirk |").stream()
        .map(cells -> new Quirk(html(cells.get(0)), html(cells.get(1))))
        .toList();
  }

  /// The continuation of a prompt, plain and steered, as the README quotes it.
  static String steered() {
    Matcher block =
        Pattern.compile("(?ms)^```\\n(plain +│ steered\\n.*?)^```$")
            .matcher(Quoted.text("README.md"));
    if (!block.find()) {
      throw new IllegalStateException("README.md quotes no steered continuation any more");
    }
    return CodeHtml.escaped(block.group(1));
  }

  /// The rows of a table, cell by cell.
  private static List<List<String>> rows(String document, String header) {
    List<List<String>> rows =
        Quoted.text(document)
            .lines()
            .dropWhile(line -> !line.startsWith(header))
            .skip(2)
            .takeWhile(line -> line.startsWith("|"))
            .map(
                line ->
                    Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList())
            .toList();
    if (rows.isEmpty()) {
      throw new IllegalStateException("%s has no table %s any more".formatted(document, header));
    }
    return rows;
  }

  private static String html(String markdown) {
    String plain = LINK.matcher(CodeHtml.escaped(markdown)).replaceAll("$1");
    return CODE.matcher(plain).replaceAll("<code>$1</code>");
  }
}
