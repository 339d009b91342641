// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Java source as the shipped model was trained on it.
final class JavaText {
  private static final Pattern PACKAGE_LINE =
      Pattern.compile("^package\\s+[\\w.]+\\s*;", Pattern.MULTILINE);

  private JavaText() {}

  /// `source` from its `package` line on, so without the licence header, and with `\n` line ends;
  /// the whole of it where there is no such line.
  static String fromPackageLine(String source) {
    String text = source.replace("\r\n", "\n");
    Matcher matcher = PACKAGE_LINE.matcher(text);
    return matcher.find() ? text.substring(matcher.start()) : text;
  }
}
