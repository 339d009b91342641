// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;

/// A path. Not every word is one: where the locale is no UTF-8, Java cannot say names that have
/// other letters than ASCII.
public final class PathName implements ITypeConverter<Path> {
  @Override
  public Path convert(String word) {
    try {
      return Path.of(word);
    } catch (InvalidPathException unsayable) {
      throw Refusal.of(
          word,
          "the locale has no letters for that path; set LC_ALL=C.UTF-8, or another that is UTF-8");
    }
  }
}
