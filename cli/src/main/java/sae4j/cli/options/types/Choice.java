// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.List;
import picocli.CommandLine.ITypeConverter;

/// One word of several.
public abstract class Choice implements ITypeConverter<String> {
  private final List<String> words;
  private final String remedy;

  /// @param words that are possible
  protected Choice(List<String> words) {
    this(words, "choose " + String.join(", ", words));
  }

  /// @param words that are possible
  /// @param remedy what a user who gave another word is told
  protected Choice(List<String> words, String remedy) {
    this.words = words;
    this.remedy = remedy;
  }

  @Override
  public String convert(String word) {
    if (!words.contains(word)) {
      throw Refusal.of(word, remedy);
    }
    return word;
  }
}
