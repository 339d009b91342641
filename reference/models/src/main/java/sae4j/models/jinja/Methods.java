// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.PythonText;
import sae4j.models.jinja.syntax.TemplateException;

/// The methods of Python's texts, lists and mappings that templates call.
final class Methods {
  private static final Set<String> OF_MAPPINGS =
      Set.of(
          "items",
          "keys",
          "values",
          "get",
          "copy",
          "pop",
          "popitem",
          "update",
          "clear",
          "setdefault",
          "fromkeys");

  private static final Set<String> OF_LISTS =
      Set.of(
          "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove",
          "reverse", "sort");
  private static final Set<String> OF_TEXTS =
      Set.of(
          "capitalize",
          "casefold",
          "center",
          "count",
          "encode",
          "endswith",
          "expandtabs",
          "find",
          "format",
          "format_map",
          "index",
          "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper",
          "join",
          "ljust",
          "lower",
          "lstrip",
          "maketrans",
          "partition",
          "removeprefix",
          "removesuffix",
          "replace",
          "rfind",
          "rindex",
          "rjust",
          "rpartition",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "startswith",
          "strip",
          "swapcase",
          "title",
          "translate",
          "upper",
          "zfill");

  private Methods() {}

  /// Whether Python's mappings have a method of that name, which hides an entry.
  static boolean isOfMapping(String name) {
    return OF_MAPPINGS.contains(name);
  }

  /// A method; [Undefined] where Python has none of that name either.
  static Object of(Object value, String name, int line, Budget budget) throws TemplateException {
    if (name.startsWith("_")) {
      throw TemplateException.unknown(line, "the attribute '" + name + "'");
    }
    return switch (value) {
      case Map<?, ?> map -> ofMapping(map, name, line);
      case String text when OF_TEXTS.contains(name) -> ofText(text, name, line, budget);
      case List<?> _ when OF_LISTS.contains(name) ->
          throw TemplateException.unknown(line, "the method '" + name + "' of a list");
      default -> new Undefined(name);
    };
  }

  private static Callable ofMapping(Map<?, ?> map, String name, int line) throws TemplateException {
    return switch (name) {
      case "items" -> (_, _, _) -> view(Filters.pairs(map));
      case "keys" -> (_, _, _) -> view(new ArrayList<>(map.keySet()));
      case "values" -> (_, _, _) -> view(new ArrayList<>(map.values()));
      case "get" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 1, 2, name, at);
            @Nullable Object key = arguments.getFirst();
            return key != null && map.containsKey(key)
                ? map.get(key)
                : arguments.size() > 1 ? arguments.get(1) : null;
          };
      default -> throw TemplateException.unknown(line, "the method '" + name + "' of a mapping");
    };
  }

  private static Series view(List<@Nullable Object> items) {
    return new Series(Series.Kind.VIEW, items);
  }

  private static Callable ofText(String text, String name, int line, Budget budget)
      throws TemplateException {
    return switch (name) {
      case "strip", "lstrip", "rstrip" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 0, 1, name, at);
            return PythonText.strip(
                text,
                arguments.isEmpty() || arguments.getFirst() == null
                    ? null
                    : text(arguments.getFirst(), at),
                !name.equals("rstrip"),
                !name.equals("lstrip"));
          };
      case "upper" -> plain(name, budget.made(Filters.upper(text)));
      case "lower" -> plain(name, budget.made(Filters.lower(text)));
      case "capitalize" -> plain(name, budget.made(Filters.capitalized(text)));
      case "startswith", "endswith" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 1, 1, name, at);
            List<@Nullable Object> ends =
                arguments.getFirst() instanceof Series several
                        && several.kind() == Series.Kind.TUPLE
                    ? new ArrayList<@Nullable Object>(several)
                    : arguments;
            for (Object end : ends) {
              String each = text(end, at);
              if (name.equals("startswith") ? text.startsWith(each) : text.endsWith(each)) {
                return true;
              }
            }
            return false;
          };
      case "split" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 0, 2, name, at);
            long most = arguments.size() > 1 ? Values.whole(arguments.get(1), at) : -1;
            @Nullable Object separator = arguments.isEmpty() ? null : arguments.getFirst();
            budget.work(1 + text.length() / 8);
            return separator == null
                ? words(text, most, at)
                : split(text, text(separator, at), most, at);
          };
      case "splitlines" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 0, 0, name, at);
            return lines(text);
          };
      case "replace" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 2, 2, name, at);
            return replace(text, text(arguments.get(0), at), text(arguments.get(1), at), budget);
          };
      case "find" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 1, 1, name, at);
            int found = text.indexOf(text(arguments.getFirst(), at));
            return (long) (found < 0 ? -1 : text.codePointCount(0, found));
          };
      case "count" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 1, 1, name, at);
            return split(text, text(arguments.getFirst(), at), -1, at).size() - 1L;
          };
      case "join" ->
          (arguments, named, at) -> {
            requireCount(arguments, named, 1, 1, name, at);
            List<String> parts = new ArrayList<>();
            for (Object part : Values.items(arguments.getFirst(), at, budget)) {
              parts.add(text(part, at));
            }
            return budget.made(String.join(text, parts));
          };
      default -> throw TemplateException.unknown(line, "the method '" + name + "' of a text");
    };
  }

  private static Callable plain(String name, String result) {
    return (arguments, named, at) -> {
      requireCount(arguments, named, 0, 0, name, at);
      return result;
    };
  }

  private static void requireCount(
      List<?> arguments, Map<String, ?> named, int least, int most, String name, int line)
      throws TemplateException {
    if (arguments.size() < least || arguments.size() > most || !named.isEmpty()) {
      throw TemplateException.unknown(line, "the method '" + name + "' with such arguments");
    }
  }

  private static String text(@Nullable Object value, int line) throws TemplateException {
    if (value instanceof String text) {
      return text;
    }
    throw TemplateException.refused(line, Values.kind(value) + " stands where a text is needed");
  }

  private static List<@Nullable Object> split(String text, String separator, long most, int line)
      throws TemplateException {
    if (separator.isEmpty()) {
      throw TemplateException.refused(line, "an empty separator");
    }
    int limit = most < 0 ? -1 : (int) Math.min(most + 1, Integer.MAX_VALUE);
    return limit == 1
        ? new ArrayList<>(List.of(text))
        : new ArrayList<>(List.of(text.split(Pattern.quote(separator), limit)));
  }

  private static List<@Nullable Object> words(String text, long most, int line)
      throws TemplateException {
    if (most >= 0) {
      throw TemplateException.unknown(line, "'split' at white space with a limit");
    }
    List<@Nullable Object> words = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || PythonText.isSpace(text.charAt(i))) {
        if (i > from) {
          words.add(text.substring(from, i));
        }
        from = i + 1;
      }
    }
    return words;
  }

  private static List<@Nullable Object> lines(String text) {
    List<@Nullable Object> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      if ("\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(text.charAt(i)) >= 0) {
        lines.add(text.substring(from, i));
        i += text.startsWith("\r\n", i) ? 1 : 0;
        from = i + 1;
      }
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  static String replace(String text, String old, String with, Budget budget)
      throws TemplateException {
    long most = old.isEmpty() ? text.length() + 1L : text.length() / old.length() + 1L;
    budget.making(text.length() + most * with.length());
    if (old.isEmpty()) {
      throw new TemplateException(
          TemplateException.Kind.NOT_UNDERSTOOD,
          "to replace nothing by something is not known here");
    }
    return text.replace(old, with);
  }
}
