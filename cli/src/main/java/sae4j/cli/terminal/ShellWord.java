// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

/// A word of a command line that is printed for the user to paste.
public final class ShellWord {
  private ShellWord() {}

  /// The word, in quotes where a shell would take it for several or for something else.
  public static String of(Object word) {
    String text = word.toString();
    return text.matches("[\\p{L}\\p{N}_./:=,@%+-]+")
        ? text
        : "'" + text.replace("'", "'\\''") + "'";
  }
}
