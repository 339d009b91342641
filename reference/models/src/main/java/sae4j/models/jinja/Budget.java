// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import sae4j.models.jinja.syntax.TemplateException;

/// How much a template may do: steps of work, and characters that it makes.
final class Budget {
  private static final long STEPS = 10_000_000;
  private static final long CHARACTERS = 1L << 28;

  private long steps = STEPS;
  private long characters = CHARACTERS;

  /// Takes steps.
  void work(long count) throws TemplateException {
    steps -= count;
    if (steps < 0) {
      throw new TemplateException(
          TemplateException.Kind.TOO_MUCH, "it takes more than %,d steps".formatted(STEPS));
    }
  }

  /// Makes a text.
  String made(String text) throws TemplateException {
    making(text.length());
    return text;
  }

  /// Is about to make characters.
  void making(long count) throws TemplateException {
    characters -= count;
    if (characters < 0) {
      throw new TemplateException(
          TemplateException.Kind.TOO_MUCH,
          "it makes more than %,d characters".formatted(CHARACTERS));
    }
  }
}
