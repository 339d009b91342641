// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.Expression;
import sae4j.models.jinja.syntax.Expression.Arguments;
import sae4j.models.jinja.syntax.Expression.Attribute;
import sae4j.models.jinja.syntax.Expression.Binary;
import sae4j.models.jinja.syntax.Expression.Both;
import sae4j.models.jinja.syntax.Expression.Call;
import sae4j.models.jinja.syntax.Expression.Comparison;
import sae4j.models.jinja.syntax.Expression.Conditional;
import sae4j.models.jinja.syntax.Expression.Filter;
import sae4j.models.jinja.syntax.Expression.Item;
import sae4j.models.jinja.syntax.Expression.ListOf;
import sae4j.models.jinja.syntax.Expression.Literal;
import sae4j.models.jinja.syntax.Expression.MapOf;
import sae4j.models.jinja.syntax.Expression.Name;
import sae4j.models.jinja.syntax.Expression.Negative;
import sae4j.models.jinja.syntax.Expression.Not;
import sae4j.models.jinja.syntax.Expression.Slice;
import sae4j.models.jinja.syntax.Expression.Test;
import sae4j.models.jinja.syntax.Expression.TupleOf;
import sae4j.models.jinja.syntax.PythonText;
import sae4j.models.jinja.syntax.TemplateException;

/// The values of expressions.
final class Evaluator {
  private final Budget budget;
  private final Filters filters;

  Evaluator(Budget budget) {
    this.budget = budget;
    this.filters = new Filters(budget);
  }

  @Nullable Object value(Expression expression, Scope scope) throws TemplateException {
    budget.work(1);
    int line = expression.line();
    return switch (expression) {
      case Literal literal -> literal.value();
      case Name name -> scope.get(name.name());
      case ListOf list -> values(list.items(), scope);
      case TupleOf tuple -> Series.tuple(values(tuple.items(), scope));
      case MapOf map -> map(map, scope);
      case Attribute attribute -> attribute(value(attribute.of(), scope), attribute.name(), line);
      case Item item -> item(value(item.of(), scope), value(item.index(), scope), line);
      case Slice slice -> slice(slice, scope);
      case Call call -> call(call, scope);
      case Filter filter ->
          filters.apply(
              filter.name(),
              value(filter.of(), scope),
              values(filter.arguments().byPosition(), scope),
              named(filter.arguments(), scope),
              line);
      case Test test ->
          test.negated()
              != Predicates.holds(
                  test.name(),
                  value(test.of(), scope),
                  values(test.arguments().byPosition(), scope),
                  line,
                  budget);
      case Not not -> !Values.truth(value(not.of(), scope));
      case Negative negative -> negative(value(negative.of(), scope), line);
      case Both both -> {
        @Nullable Object left = value(both.left(), scope);
        yield Values.truth(left) == both.and() ? value(both.right(), scope) : left;
      }
      case Binary binary ->
          Values.binary(
              binary.operator(),
              value(binary.left(), scope),
              value(binary.right(), scope),
              line,
              budget);
      case Comparison comparison -> compare(comparison, scope);
      case Conditional conditional -> {
        if (Values.truth(value(conditional.condition(), scope))) {
          yield value(conditional.yes(), scope);
        }
        @Nullable Expression no = conditional.no();
        yield no == null ? new Undefined("what an if without else gives") : value(no, scope);
      }
    };
  }

  private @Nullable Object negative(@Nullable Object value, int line) throws TemplateException {
    return value instanceof Double number
        ? (Object) (-number)
        : Values.binary("-", 0L, value, line, budget);
  }

  private List<@Nullable Object> values(List<Expression> expressions, Scope scope)
      throws TemplateException {
    List<@Nullable Object> values = new ArrayList<>();
    for (Expression each : expressions) {
      values.add(value(each, scope));
    }
    return values;
  }

  private Map<String, @Nullable Object> named(Arguments arguments, Scope scope)
      throws TemplateException {
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    for (Map.Entry<String, Expression> each : arguments.named().entrySet()) {
      named.put(each.getKey(), value(each.getValue(), scope));
    }
    return named;
  }

  private Object map(MapOf map, Scope scope) throws TemplateException {
    Map<Object, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < map.keys().size(); i++) {
      @Nullable Object key = value(map.keys().get(i), scope);
      if (!(key instanceof String)) {
        throw TemplateException.unknown(map.line(), "a key that is no text");
      }
      values.put(key, value(map.values().get(i), scope));
    }
    return values;
  }

  /// `of.name`: a method of Python first, then an entry.
  private @Nullable Object attribute(@Nullable Object of, String name, int line)
      throws TemplateException {
    return switch (of) {
      case Namespace space -> space.get(name, line);
      case Undefined undefined ->
          throw TemplateException.refused(
              line, "'%s' is not there, and has no '%s'".formatted(undefined.name(), name));
      case Map<?, ?> map when !Methods.isOfMapping(name) ->
          map.containsKey(name) ? map.get(name) : new Undefined(name);
      case Map<?, ?> map -> Methods.of(map, name, line, budget);
      case String text -> Methods.of(text, name, line, budget);
      case Series series ->
          throw TemplateException.unknown(line, "'%s' of %s".formatted(name, series.inWords()));
      case List<?> list -> Methods.of(list, name, line, budget);
      case null, default -> new Undefined(name);
    };
  }

  /// `of[index]`: an entry first, then a method.
  private @Nullable Object item(@Nullable Object of, @Nullable Object index, int line)
      throws TemplateException {
    if (of instanceof Undefined undefined) {
      throw TemplateException.refused(
          line, "'%s' is not there, and has no items".formatted(undefined.name()));
    }
    if (of instanceof Map<?, ?> map && index != null && map.containsKey(index)) {
      return map.get(index);
    }
    if (of instanceof Series series && !series.isSequence()) {
      throw TemplateException.unknown(line, "an item of " + series.inWords());
    }
    if (index instanceof Long number && (of instanceof List<?> || of instanceof String)) {
      long length = Values.length(of, line);
      long at = number < 0 ? number + length : number;
      if (at < 0 || at >= length) {
        return new Undefined("item " + number);
      }
      return of instanceof List<?> list ? list.get((int) at) : PythonText.at((String) of, (int) at);
    }
    return index instanceof String name
        ? attribute(of, name, line)
        : new Undefined("item " + Values.kind(index));
  }

  private Object slice(Slice slice, Scope scope) throws TemplateException {
    int line = slice.line();
    @Nullable Object of = value(slice.of(), scope);
    boolean hasParts = of instanceof Series series ? series.isSequence() : of instanceof List<?>;
    if (!hasParts && !(of instanceof String)) {
      throw TemplateException.refused(line, Values.kind(of) + " has no parts");
    }
    List<@Nullable Object> items = Values.items(of, line, budget);
    int size = items.size();
    long step = bound(slice.step(), scope, 1, line);
    if (step == 0) {
      throw TemplateException.refused(line, "a part in steps of 0");
    }
    long first = step > 0 ? 0 : -1;
    long last = step > 0 ? size : size - 1L;
    long from = place(slice.from(), scope, step > 0 ? first : last, size, first, last, line);
    long to = place(slice.to(), scope, step > 0 ? last : first, size, first, last, line);
    List<@Nullable Object> part = new ArrayList<>();
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      part.add(items.get((int) i));
    }
    if (of instanceof String) {
      StringBuilder text = new StringBuilder();
      part.forEach(text::append);
      return budget.made(text.toString());
    }
    return of instanceof Series series ? new Series(series.kind(), part) : part;
  }

  private long bound(@Nullable Expression of, Scope scope, long otherwise, int line)
      throws TemplateException {
    @Nullable Object value = of == null ? null : value(of, scope);
    return value == null ? otherwise : Values.whole(value, line);
  }

  private long place(
      @Nullable Expression of,
      Scope scope,
      long otherwise,
      int size,
      long first,
      long last,
      int line)
      throws TemplateException {
    @Nullable Object value = of == null ? null : value(of, scope);
    if (value == null) {
      return otherwise;
    }
    long at = Values.whole(value, line);
    return Math.clamp(at < 0 ? at + size : at, first, last);
  }

  private @Nullable Object call(Call call, Scope scope) throws TemplateException {
    @Nullable Object function = value(call.function(), scope);
    if (function instanceof Callable callable) {
      return callable.call(
          values(call.arguments().byPosition(), scope),
          named(call.arguments(), scope),
          call.line());
    }
    if (function instanceof Undefined undefined && call.function() instanceof Name) {
      throw TemplateException.unknown(
          call.line(),
          undefined.name().equals("strftime_now")
              ? "what day it is ('strftime_now'), because a text must be the same every day,"
              : "the function '" + undefined.name() + "'");
    }
    throw TemplateException.refused(call.line(), Values.kind(function) + " is no function");
  }

  private boolean compare(Comparison comparison, Scope scope) throws TemplateException {
    @Nullable Object left = value(comparison.first(), scope);
    for (int i = 0; i < comparison.operators().size(); i++) {
      @Nullable Object right = value(comparison.others().get(i), scope);
      if (!compare(comparison.operators().get(i), left, right, comparison.line(), budget)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  static boolean compare(
      String operator, @Nullable Object left, @Nullable Object right, int line, Budget budget)
      throws TemplateException {
    return switch (operator) {
      case "==" -> Values.same(left, right);
      case "!=" -> !Values.same(left, right);
      case "in" -> Values.contains(right, left, line, budget);
      case "not in" -> !Values.contains(right, left, line, budget);
      default -> {
        int order = Values.order(left, right, line);
        yield order != 2
            && switch (operator) {
              case "<" -> order < 0;
              case "<=" -> order <= 0;
              case ">" -> order > 0;
              default -> order >= 0;
            };
      }
    };
  }
}
