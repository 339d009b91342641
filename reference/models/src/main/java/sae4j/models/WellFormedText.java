// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

/// Text that is Unicode: a surrogate without its other half becomes U+FFFD.
///
/// JSON can spell such a half (`"\ud83d"`), and Java's strings can hold it, but it has no form in
/// UTF-8, which tokenizers and files speak. It is replaced before anything else sees the text. One
/// UTF-16 unit stands for one, so every position in the text stays what it was.
public final class WellFormedText {
  private static final char REPLACEMENT = '\uFFFD';

  private WellFormedText() {}

  /// `text` with U+FFFD for every surrogate that stands alone; the same object where there is none.
  public static String of(String text) {
    int at = firstAlone(text, 0);
    if (at < 0) {
      return text;
    }
    StringBuilder whole = new StringBuilder(text);
    for (; at >= 0; at = firstAlone(text, at + 1)) {
      whole.setCharAt(at, REPLACEMENT);
    }
    return whole.toString();
  }

  /// The first surrogate from `from` on that stands alone; −1 where none does.
  private static int firstAlone(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }
}
