// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.sources;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Fills the prose of `//` and `///` comments: each line of a paragraph takes as many words as fit.
///
/// Fences, tables, headings and indented lines stay as they are. So does every line of a text
/// block, whatever it looks like.
final class Comments {
  private static final Pattern LINE = Pattern.compile("(?<before>\\s*)(?<mark>///?)(?<text> .*|)");
  private static final Pattern ITEM = Pattern.compile(" *(?:[-*] |\\d+\\. |@\\w+ ).*");
  private static final Pattern OPENING =
      Pattern.compile("(?<indent> *)(?<bullet>[-*] |\\d+\\. |@\\w+ )?(?<words>.*)");

  /// What Markdown would read as an item, a heading, a quotation or a table at the start of a line.
  private static final Pattern MARKUP = Pattern.compile("[-*+#]|\\d+\\.|@\\w+|>|\\|.*");

  private static final String FENCE = "```";
  private static final String TEXT_BLOCK = "\"\"\"";

  private final int width;
  private final List<String> filled = new ArrayList<>();
  private final List<String> paragraph = new ArrayList<>();

  private Comments(int width) {
    this.width = width;
  }

  /// The source with its comments filled to a width in code points.
  static String filled(String source, int width) {
    Comments comments = new Comments(width);
    String prefix = null;
    boolean inFence = false;
    boolean inTextBlock = false;
    for (String line : source.split("\n", -1)) {
      Matcher comment = LINE.matcher(line);
      boolean isComment = !inTextBlock && comment.matches();
      String itsPrefix = isComment ? comment.group("before") + comment.group("mark") : null;
      if (prefix != null && !prefix.equals(itsPrefix)) {
        comments.endParagraph(prefix);
        inFence = false;
      }
      prefix = itsPrefix;
      if (prefix == null) {
        comments.filled.add(line);
        inTextBlock ^= occurrences(line, TEXT_BLOCK) % 2 == 1;
        continue;
      }
      String text = comment.group("text");
      if (text.strip().startsWith(FENCE)) {
        inFence = !inFence;
        comments.keep(prefix, text);
      } else if (inFence) {
        comments.keep(prefix, text);
      } else {
        comments.take(prefix, text);
      }
    }
    if (prefix != null) {
      comments.endParagraph(prefix);
    }
    return String.join("\n", comments.filled);
  }

  private static int occurrences(String line, String of) {
    return line.split(Pattern.quote(of), -1).length - 1;
  }

  /// Ends the paragraph and adds a line as it is.
  private void keep(String prefix, String text) {
    endParagraph(prefix);
    filled.add(prefix + text);
  }

  private void take(String prefix, String text) {
    String words = text.strip();
    boolean isIndented = text.startsWith("     ") && paragraph.isEmpty();
    if (words.isEmpty()) {
      keep(prefix, "");
    } else if (words.startsWith("|")
        || words.startsWith("#")
        || words.startsWith("---")
        || words.startsWith("===")
        || isIndented) {
      keep(prefix, text);
    } else {
      if (ITEM.matcher(text).matches()) {
        endParagraph(prefix);
      }
      paragraph.add(text);
    }
  }

  private void endParagraph(String prefix) {
    boolean isRemark = paragraph.size() == 1 && !prefix.endsWith("///");
    if (isRemark && length(prefix + paragraph.getFirst()) <= width) {
      filled.add(prefix + paragraph.getFirst());
    } else if (!paragraph.isEmpty()) {
      fill(prefix);
    }
    paragraph.clear();
  }

  private void fill(String prefix) {
    Matcher opening = OPENING.matcher(paragraph.getFirst());
    opening.matches();
    String bullet = opening.group("bullet") == null ? "" : opening.group("bullet");
    String hanging = bullet.startsWith("@") ? "    " : " ".repeat(bullet.length());
    String rest = prefix + opening.group("indent") + hanging;
    List<String> lines = new ArrayList<>(paragraph);
    lines.set(0, opening.group("words"));
    StringBuilder line = new StringBuilder(prefix + opening.group("indent") + bullet);
    boolean isEmpty = true;
    for (String word : words(lines)) {
      if (!isEmpty && length(line) + 1 + length(word) > width) {
        filled.add(line.toString());
        line = new StringBuilder(rest + word);
      } else {
        line.append(isEmpty ? "" : " ").append(word);
      }
      isEmpty = false;
    }
    filled.add(line.toString());
  }

  /// The words, each with those that must not begin a line behind it.
  private static List<String> words(List<String> lines) {
    List<String> words = new ArrayList<>();
    for (String word : String.join(" ", lines).strip().split(" +", -1)) {
      if (!words.isEmpty() && MARKUP.matcher(word).matches()) {
        words.add(words.removeLast() + " " + word);
      } else {
        words.add(word);
      }
    }
    return words;
  }

  private static int length(CharSequence text) {
    return Character.codePointCount(text, 0, text.length());
  }
}
