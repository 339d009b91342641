// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja.syntax;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A part of an expression, and the line where it stands.
public sealed interface Expression {
  int line();

  /// A value that is written out.
  record Literal(int line, @Nullable Object value) implements Expression {}

  record Name(int line, String name) implements Expression {}

  record ListOf(int line, List<Expression> items) implements Expression {}

  record TupleOf(int line, List<Expression> items) implements Expression {}

  record MapOf(int line, List<Expression> keys, List<Expression> values) implements Expression {}

  /// `of.name`.
  record Attribute(int line, Expression of, String name) implements Expression {}

  /// `of[index]`.
  record Item(int line, Expression of, Expression index) implements Expression {}

  /// `of[from:to:step]`.
  record Slice(
      int line,
      Expression of,
      @Nullable Expression from,
      @Nullable Expression to,
      @Nullable Expression step)
      implements Expression {}

  /// `function(…)`.
  record Call(int line, Expression function, Arguments arguments) implements Expression {}

  /// `of|name(…)`.
  record Filter(int line, Expression of, String name, Arguments arguments) implements Expression {}

  /// `of is name …`.
  record Test(int line, Expression of, String name, Arguments arguments, boolean negated)
      implements Expression {}

  record Not(int line, Expression of) implements Expression {}

  record Negative(int line, Expression of) implements Expression {}

  /// `and` or `or`, of which the right side may not be looked at.
  record Both(int line, boolean and, Expression left, Expression right) implements Expression {}

  /// `left operator right`, for operators of numbers, texts and lists.
  record Binary(int line, String operator, Expression left, Expression right)
      implements Expression {}

  /// `first op second op third …`.
  record Comparison(int line, Expression first, List<String> operators, List<Expression> others)
      implements Expression {}

  /// `yes if condition else no`.
  record Conditional(int line, Expression condition, Expression yes, @Nullable Expression no)
      implements Expression {}

  /// What a call is given.
  record Arguments(List<Expression> byPosition, Map<String, Expression> named) {
    public static final Arguments NONE = new Arguments(List.of(), Map.of());
  }
}
