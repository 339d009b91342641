// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja.syntax;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A part of a template, and the line where it stands.
public sealed interface Statement {
  int line();

  /// Text as it stands.
  record Text(int line, String text) implements Statement {}

  /// `{{ … }}`.
  record Output(int line, Expression value) implements Statement {}

  /// `{% if … %}` with its `elif`s: the first branch whose condition holds.
  record If(int line, List<Expression> conditions, List<List<Statement>> branches)
      implements Statement {}

  /// `{% for names in values if condition %}`.
  record For(
      int line,
      List<String> names,
      Expression values,
      @Nullable Expression condition,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  /// `{% set names = value %}`.
  record Set(int line, List<String> names, Expression value) implements Statement {}

  /// `{% set of.name = value %}`.
  record SetAttribute(int line, String of, String name, Expression value) implements Statement {}

  /// `{% set name %}…{% endset %}`.
  record SetBlock(int line, String name, List<Statement> body) implements Statement {}

  record Macro(
      int line,
      String name,
      List<String> parameters,
      Map<String, Expression> defaults,
      List<Statement> body)
      implements Statement {}

  /// Statements without a scope of their own: `{% generation %}`.
  record Block(int line, List<Statement> body) implements Statement {}

  record Break(int line) implements Statement {}

  record Continue(int line) implements Statement {}
}
