// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;

/// A path, which must not be empty: the empty path is the current folder, and on a command line it
/// is most often a variable that was not set. Not every word is one: where the locale is no UTF-8,
/// Java cannot say names that have other letters than ASCII.
public final class PathName implements ITypeConverter<Path> {
  /// What Java makes of bytes that are no letters.
  private static final char REPLACEMENT = '\ufffd';

  @Override
  public Path convert(String word) {
    if (word.isBlank()) {
      throw Refusal.of("empty", "name a file or a folder; is a variable not set?");
    }
    if (word.indexOf(REPLACEMENT) >= 0) {
      throw Refusal.of(word, "the name is no UTF-8, and Java cannot say it; rename the file");
    }
    try {
      return Path.of(word);
    } catch (InvalidPathException unsayable) {
      throw Refusal.of(
          word,
          "the locale has no letters for that path; set LC_ALL=C.UTF-8, or another that is UTF-8");
    }
  }
}
