// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import sae4j.activations.text.DocumentSource;

/// Documents of a text from one number up to another, as `0:200` or `200:`.
///
/// @param text as it was given
/// @param from the first, counted from 0
/// @param to the first that is no longer one of them
public record DocumentRange(String text, long from, long to) {

  /// These documents of a text.
  public DocumentSource of(DocumentSource all) {
    return all.slice(from, to);
  }

  @Override
  public String toString() {
    return text;
  }

  /// Reads one.
  public static final class Converter implements ITypeConverter<DocumentRange> {
    private static final Pattern RANGE = Pattern.compile("(\\d{0,9}):(\\d{0,9})");

    @Override
    public DocumentRange convert(String text) {
      Matcher range = RANGE.matcher(text);
      if (!range.matches()) {
        throw Refusal.of(text, "write it as FROM:TO, as 0:200 or 200:");
      }
      long from = range.group(1).isEmpty() ? 0 : Long.parseLong(range.group(1));
      long to = range.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(range.group(2));
      if (from >= to) {
        throw Refusal.of(text, "FROM must be less than TO");
      }
      return new DocumentRange(text, from, to);
    }
  }
}
