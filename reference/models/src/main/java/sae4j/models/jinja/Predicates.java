// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.TemplateException;

/// The tests of Jinja that templates use: `value is test …`.
final class Predicates {
  private Predicates() {}

  static boolean holds(
      String name,
      @Nullable Object value,
      List<@Nullable Object> arguments,
      int line,
      Budget budget)
      throws TemplateException {
    return switch (name) {
      case "equalto", "==", "eq" -> Values.same(value, other(name, arguments, line));
      case "ne", "!=" -> !Values.same(value, other(name, arguments, line));
      case "in" -> Values.contains(other(name, arguments, line), value, line, budget);
      case "lt", "lessthan", "<", "le", "<=", "gt", "greaterthan", ">", "ge", ">=" ->
          Evaluator.compare(operator(name), value, other(name, arguments, line), line, budget);
      case "divisibleby" ->
          Values.same(0L, Values.binary("%", value, other(name, arguments, line), line, budget));
      default -> {
        if (!arguments.isEmpty()) {
          throw TemplateException.unknown(line, "the test '" + name + "' with such arguments");
        }
        yield holds(name, value, line);
      }
    };
  }

  private static boolean holds(String name, @Nullable Object value, int line)
      throws TemplateException {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == null;
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map<?, ?>;
      case "sequence" ->
          value instanceof String
              || (value instanceof Series series ? series.isSequence() : value instanceof List<?>)
              || value instanceof Map<?, ?>
              || value instanceof Undefined;
      case "iterable" ->
          value instanceof String
              || value instanceof List<?>
              || value instanceof Map<?, ?>
              || value instanceof Undefined;
      case "number" -> Values.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "callable" -> value instanceof Callable || value instanceof Undefined;
      case "odd" -> Math.floorMod(Values.whole(value, line), 2L) == 1;
      case "even" -> Math.floorMod(Values.whole(value, line), 2L) == 0;
      default -> throw TemplateException.unknown(line, "the test '" + name + "'");
    };
  }

  private static String operator(String name) {
    return switch (name) {
      case "lt", "lessthan" -> "<";
      case "le" -> "<=";
      case "gt", "greaterthan" -> ">";
      case "ge" -> ">=";
      default -> name;
    };
  }

  private static @Nullable Object other(String name, List<@Nullable Object> arguments, int line)
      throws TemplateException {
    if (arguments.size() != 1) {
      throw TemplateException.unknown(line, "the test '" + name + "' with such arguments");
    }
    return arguments.getFirst();
  }
}
