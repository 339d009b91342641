// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.PythonText;
import sae4j.models.jinja.syntax.TemplateException;

/// What values mean, as in Python. A value is null (none), [Undefined], a [Boolean], a [Long], a
/// [Double], a [String], a [List], which may be a [Series], a [Map], a [Callable], a [Namespace],
/// or [Opaque], and nothing else.
final class Values {
  private Values() {}

  /// What a user would call a value.
  static String kind(@Nullable Object value) {
    return switch (value) {
      case null -> "none";
      case Undefined undefined -> "'" + undefined.name() + "', which is not there,";
      case Boolean _ -> "a truth value";
      case Long _, Double _ -> "a number";
      case String _ -> "a text";
      case Series series -> series.inWords();
      case List<?> _ -> "a list";
      case Map<?, ?> _ -> "a mapping";
      case Opaque opaque -> "what is " + opaque.kind();
      default -> "a function";
    };
  }

  static boolean truth(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Undefined _ -> false;
      case Boolean truth -> truth;
      case Long number -> number != 0;
      case Double number -> number != 0;
      case String text -> !text.isEmpty();
      case Series series -> series.kind() == Series.Kind.GENERATOR || !series.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  /// `str`.
  static String text(@Nullable Object value, int line, Budget budget) throws TemplateException {
    return switch (value) {
      case String text -> text;
      case Undefined _ -> "";
      case null, default -> budget.made(repr(value, line, budget));
    };
  }

  /// `repr`.
  static String repr(@Nullable Object value, int line, Budget budget) throws TemplateException {
    budget.work(1);
    return switch (value) {
      case null -> "None";
      case Boolean truth -> truth ? "True" : "False";
      case Long number -> number.toString();
      case Double number -> PythonText.repr(number);
      case String text -> budget.made(PythonText.repr(text));
      case Series series when series.kind() != Series.Kind.TUPLE ->
          throw TemplateException.unknown(line, "to print " + kind(value));
      case List<?> list -> {
        List<String> items = new ArrayList<>();
        for (Object item : list) {
          items.add(repr(item, line, budget));
        }
        String all = String.join(", ", items);
        yield budget.made(
            list instanceof Series
                ? "(" + all + (items.size() == 1 ? "," : "") + ")"
                : "[" + all + "]");
      }
      case Map<?, ?> map -> {
        List<String> items = new ArrayList<>();
        for (Map.Entry<?, ?> item : map.entrySet()) {
          items.add(repr(item.getKey(), line, budget) + ": " + repr(item.getValue(), line, budget));
        }
        yield budget.made("{" + String.join(", ", items) + "}");
      }
      default -> throw TemplateException.unknown(line, "to print " + kind(value));
    };
  }

  /// What a loop goes over.
  static List<@Nullable Object> items(@Nullable Object value, int line, Budget budget)
      throws TemplateException {
    List<@Nullable Object> items = new ArrayList<>();
    switch (value) {
      case Undefined _ -> {}
      case Series series -> items.addAll(series.taken(line));
      case List<?> list -> items.addAll(list);
      case Map<?, ?> map -> items.addAll(map.keySet());
      case String text ->
          text.codePoints().forEach(c -> items.add(new String(Character.toChars(c))));
      case null, default -> throw TemplateException.refused(line, kind(value) + " is not iterable");
    }
    budget.work(items.size());
    return items;
  }

  /// `len`.
  static long length(@Nullable Object value, int line) throws TemplateException {
    return switch (value) {
      case Undefined _ -> 0;
      case String text -> PythonText.length(text);
      case Series series when series.kind() == Series.Kind.GENERATOR ->
          throw TemplateException.refused(line, kind(value) + " has no length");
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case null, default -> throw TemplateException.refused(line, kind(value) + " has no length");
    };
  }

  /// `==`.
  static boolean same(@Nullable Object left, @Nullable Object right) {
    if (isNumber(left) && isNumber(right)) {
      return compareNumbers(left, right) == 0;
    }
    if (left instanceof List<?> first && right instanceof List<?> second) {
      if (!ofOneKind(first, second) || first.size() != second.size()) {
        return false;
      }
      Iterator<?> others = second.iterator();
      for (Object item : first) {
        if (!same(item, others.next())) {
          return false;
        }
      }
      return true;
    }
    if (left instanceof Map<?, ?> first && right instanceof Map<?, ?> second) {
      return first.size() == second.size()
          && first.entrySet().stream()
              .allMatch(
                  item ->
                      second.containsKey(item.getKey())
                          && same(item.getValue(), second.get(item.getKey())));
    }
    if (left instanceof Undefined || right instanceof Undefined) {
      return left instanceof Undefined && right instanceof Undefined;
    }
    return Objects.equals(left, right);
  }

  /// Whether both are lists, or both are tuples: a list is never equal to a tuple.
  private static boolean ofOneKind(List<?> first, List<?> second) {
    return first instanceof Series one
        ? second instanceof Series other && one.kind() == other.kind()
        : !(second instanceof Series);
  }

  static boolean isNumber(@Nullable Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  /// A number or a truth value as a whole number.
  static long whole(@Nullable Object value, int line) throws TemplateException {
    return switch (value) {
      case Long number -> number;
      case Boolean truth -> truth ? 1 : 0;
      case null, default ->
          throw TemplateException.refused(line, kind(value) + " is no whole number");
    };
  }

  static double real(@Nullable Object value) {
    return switch (value) {
      case Double number -> number;
      case Boolean truth -> truth ? 1 : 0;
      case Long number -> number;
      case null, default -> Double.NaN;
    };
  }

  private static int compareNumbers(@Nullable Object left, @Nullable Object right) {
    if (left instanceof Double || right instanceof Double) {
      double first = real(left);
      double second = real(right);
      return first < second ? -1 : first == second ? 0 : first > second ? 1 : 2;
    }
    return Long.compare((long) real(left), (long) real(right));
  }

  /// The order of two values; 2 where there is none.
  static int order(@Nullable Object left, @Nullable Object right, int line)
      throws TemplateException {
    if (isNumber(left) && isNumber(right)) {
      boolean whole = !(left instanceof Double) && !(right instanceof Double);
      return whole
          ? Long.compare(whole(left, line), whole(right, line))
          : compareNumbers(left, right);
    }
    if (left instanceof String first && right instanceof String second) {
      return compareTexts(first, second);
    }
    throw TemplateException.refused(
        line, "%s and %s have no order".formatted(kind(left), kind(right)));
  }

  /// By code points, as in Python, where Java goes by their halves.
  static int compareTexts(String first, String second) {
    int[] left = first.codePoints().toArray();
    int[] right = second.codePoints().toArray();
    return java.util.Arrays.compare(left, right);
  }

  /// `item in container`.
  static boolean contains(
      @Nullable Object container, @Nullable Object item, int line, Budget budget)
      throws TemplateException {
    return switch (container) {
      case Undefined _ -> false;
      case String text when item instanceof String part -> {
        budget.work(1 + text.length() / 64);
        yield text.contains(part);
      }
      case List<?> _ -> {
        List<@Nullable Object> list = items(container, line, budget);
        yield list.stream().anyMatch(each -> same(each, item));
      }
      case Map<?, ?> map -> item != null && map.containsKey(item);
      case null, default ->
          throw TemplateException.refused(
              line, "%s is not looked for in %s".formatted(kind(item), kind(container)));
    };
  }

  /// The result of an operation on two numbers, texts or lists.
  static @Nullable Object binary(
      String operator, @Nullable Object left, @Nullable Object right, int line, Budget budget)
      throws TemplateException {
    if (operator.equals("~")) {
      return budget.made(text(left, line, budget) + text(right, line, budget));
    }
    if (operator.equals("+")) {
      if (left instanceof String first && right instanceof String second) {
        return budget.made(first + second);
      }
      if (left instanceof List<?> first
          && right instanceof List<?> second
          && ofOneKind(first, second)
          && (!(first instanceof Series series) || series.kind() == Series.Kind.TUPLE)) {
        List<@Nullable Object> all = new ArrayList<>(first);
        all.addAll(second);
        budget.work(all.size());
        return first instanceof Series ? Series.tuple(all) : all;
      }
    }
    if (operator.equals("*") && left instanceof String text && right instanceof Long times) {
      long count = Math.max(0, times);
      budget.making(
          Math.multiplyHigh(count, text.length()) != 0
              ? Long.MAX_VALUE / 2
              : count * text.length());
      return text.repeat((int) count);
    }
    if (!isNumber(left) || !isNumber(right)) {
      throw TemplateException.refused(
          line, "%s %s %s has no meaning".formatted(kind(left), operator, kind(right)));
    }
    return left instanceof Double || right instanceof Double || operator.equals("/")
        ? (Object) reals(operator, real(left), real(right), line)
        : (Object) wholes(operator, whole(left, line), whole(right, line), line);
  }

  private static double reals(String operator, double left, double right, int line)
      throws TemplateException {
    if (right == 0 && List.of("/", "//", "%").contains(operator)) {
      throw TemplateException.refused(line, "a division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      default -> throw TemplateException.unknown(line, operator + " of broken numbers");
    };
  }

  private static long wholes(String operator, long left, long right, int line)
      throws TemplateException {
    if (right == 0 && List.of("//", "%").contains(operator)) {
      throw TemplateException.refused(line, "a division by zero");
    }
    BigInteger first = BigInteger.valueOf(left);
    BigInteger second = BigInteger.valueOf(right);
    BigInteger result =
        switch (operator) {
          case "+" -> first.add(second);
          case "-" -> first.subtract(second);
          case "*" -> first.multiply(second);
          case "//" -> BigInteger.valueOf(Math.floorDiv(left, right));
          case "%" -> BigInteger.valueOf(Math.floorMod(left, right));
          default -> throw TemplateException.unknown(line, "the operator " + operator);
        };
    if (result.bitLength() > 63) {
      throw TemplateException.unknown(line, "a number of more than 64 bits");
    }
    return result.longValue();
  }
}
