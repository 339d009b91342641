// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.TemplateException;

/// Values in an order that are no list in Python: fewer things can be done with them, and they
/// print in another way.
final class Series extends AbstractList<@Nullable Object> {
  private final Kind kind;
  private final List<@Nullable Object> items;
  private boolean gone;

  /// What it is in Python.
  enum Kind {
    TUPLE("a tuple"),
    RANGE("a range"),
    VIEW("a view of a mapping"),
    /// Its items can be gone over once.
    GENERATOR("what a filter gives");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  Series(Kind kind, List<@Nullable Object> items) {
    this.kind = kind;
    this.items = items;
  }

  static Series tuple(List<@Nullable Object> items) {
    return new Series(Kind.TUPLE, items);
  }

  Kind kind() {
    return kind;
  }

  /// What a user would call it.
  String inWords() {
    return kind.words;
  }

  /// Whether its items have numbers.
  boolean isSequence() {
    return kind == Kind.TUPLE || kind == Kind.RANGE;
  }

  /// Its items, for who goes over them.
  ///
  /// @throws TemplateException if that was done before and can be done but once
  List<@Nullable Object> taken(int line) throws TemplateException {
    if (gone) {
      throw TemplateException.unknown(line, "to go over what a filter gives for a second time");
    }
    gone = kind == Kind.GENERATOR;
    return items;
  }

  @Override
  public @Nullable Object get(int index) {
    return items.get(index);
  }

  @Override
  public int size() {
    return items.size();
  }
}
