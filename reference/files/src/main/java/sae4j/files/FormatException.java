// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A file that contradicts itself or that cannot be used.
///
/// The message is one line, `FILE: FIELD: PROBLEM; REMEDY`, that can be shown to a user. Text that
/// comes from the file goes through [#quote]. The whole line is cleared of control characters and
/// cut to a readable length, so that a hostile file cannot control the user's terminal.
public final class FormatException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_QUOTE = 80;
  private static final int LONGEST_LINE = 1000;
  private static final int LONGEST_LIST = 12;
  private static final int NAMED_OF_MANY = 10;

  /// @param file the file that was read
  /// @param field where in the file: `header length`, `tensor 'W_enc'`, …
  /// @param problem what was found and what was expected
  /// @param remedy what the user can do about it
  public FormatException(Path file, String field, String problem, String remedy) {
    this(file, field, problem, remedy, null);
  }

  /// As above, for a problem that another library reported first.
  ///
  /// @param cause what that library threw; its text is not part of the message
  public FormatException(
      Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
    this(file.toString(), field, problem, remedy, cause);
  }

  /// As above, of what is no file here.
  ///
  /// @param where it was read: the name of something that is elsewhere
  public FormatException(String where, String field, String problem, String remedy) {
    this(where, field, problem, remedy, null);
  }

  private FormatException(
      String where, String field, String problem, String remedy, @Nullable Throwable cause) {
    super(shorten(where + ": " + field + ": " + problem + "; " + remedy, LONGEST_LINE), cause);
  }

  /// Text from a file, made safe for a message: control characters become `?`, and long text is cut
  /// with an ellipsis.
  public static String quote(String fromFile) {
    return "'" + shorten(fromFile, LONGEST_QUOTE) + "'";
  }

  /// Names in a message: `a, b, c`. Of many only the first are named, and how many more there are.
  /// Names may come from a file: they are made safe as by [#quote].
  public static String list(Collection<?> names) {
    boolean all = names.size() <= LONGEST_LIST;
    String shown =
        names.stream()
            .limit(all ? LONGEST_LIST : NAMED_OF_MANY)
            .map(name -> shorten(name.toString(), LONGEST_QUOTE))
            .collect(Collectors.joining(", "));
    return all ? shown : "%s and %,d more".formatted(shown, names.size() - NAMED_OF_MANY);
  }

  private static String shorten(String text, int longest) {
    int length = Math.min(text.length(), longest);
    StringBuilder line = new StringBuilder(length + 1);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      boolean breaksTheLine =
          Character.isISOControl(c) || c == '\u2028' || c == '\u2029' || Character.isSurrogate(c);
      line.append(breaksTheLine ? '?' : c);
    }
    return length < text.length() ? line.append('…').toString() : line.toString();
  }
}
