// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.PythonText;
import sae4j.models.jinja.syntax.TemplateException;

/// The filters of Jinja that templates use: `value|filter(…)`.
final class Filters {
  private final Budget budget;

  Filters(Budget budget) {
    this.budget = budget;
  }

  @Nullable Object apply(
      String name,
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named,
      int line)
      throws TemplateException {
    Given given = new Given(name, arguments, named, line);
    @Nullable Object result =
        switch (name) {
          case "trim" ->
              PythonText.strip(text(value, line), given.textOrNull(0, "chars"), true, true);
          case "length", "count" -> Values.length(value, line);
          case "lower" -> budget.made(lower(text(value, line)));
          case "upper" -> budget.made(upper(text(value, line)));
          case "capitalize" -> budget.made(capitalized(text(value, line)));
          case "string" -> text(value, line);
          case "tojson" -> tojson(value, given);
          case "join" -> join(value, given);
          case "first" -> first(Values.items(value, line, budget), false);
          case "last" -> first(reversible(value, line), true);
          case "list" -> Values.items(value, line, budget);
          case "reverse" -> reversed(value, line);
          case "items" -> given(items(value, line));
          case "dictsort" -> sorted(value, given);
          case "default", "d" -> orDefault(value, given);
          case "replace" ->
              Methods.replace(
                  text(value, line), given.text(0, "old"), given.text(1, "new"), budget);
          case "int" -> whole(value, given);
          case "abs" -> absolute(value, line);
          case "safe" -> value;
          case "map" -> given(mapped(value, given));
          case "select", "reject" -> given(chosen(value, given, null, name.equals("select")));
          case "selectattr", "rejectattr" ->
              given(chosen(value, given, given.text(0, "attribute"), name.equals("selectattr")));
          case "indent" -> indented(value, given);
          default -> throw TemplateException.unknown(line, "the filter '" + name + "'");
        };
    given.requireAllUsed();
    return result;
  }

  /// The arguments of a filter. One that nobody asked for is one that is not known.
  private final class Given {
    private final String filter;
    private final List<@Nullable Object> byPosition;
    private final Map<String, @Nullable Object> named;
    private final int line;
    private int used;
    private int usedByName;

    Given(
        String filter,
        List<@Nullable Object> byPosition,
        Map<String, @Nullable Object> named,
        int line) {
      this.filter = filter;
      this.byPosition = byPosition;
      this.named = named;
      this.line = line;
    }

    boolean has(int position, String name) {
      return position < byPosition.size() || named.containsKey(name);
    }

    @Nullable Object get(int position, String name) {
      if (position < byPosition.size()) {
        used = Math.max(used, position + 1);
        return byPosition.get(position);
      }
      usedByName += named.containsKey(name) ? 1 : 0;
      return named.get(name);
    }

    @Nullable String textOrNull(int position, String name) throws TemplateException {
      @Nullable Object value = get(position, name);
      return value == null ? null : Filters.this.text(value, line);
    }

    String text(int position, String name) throws TemplateException {
      @Nullable String text = textOrNull(position, name);
      if (text == null) {
        throw TemplateException.refused(line, "the filter '%s' needs '%s'".formatted(filter, name));
      }
      return text;
    }

    List<@Nullable Object> from(int position) {
      used = byPosition.size();
      return byPosition.subList(Math.min(position, used), used);
    }

    void requireAllUsed() throws TemplateException {
      if (used < byPosition.size() || usedByName < named.size()) {
        throw TemplateException.unknown(
            line, "the filter '%s' with such arguments".formatted(filter));
      }
    }
  }

  private String text(@Nullable Object value, int line) throws TemplateException {
    return Values.text(value, line, budget);
  }

  /// As Python lowers letters. Java has a rule of its own for the last sigma of a word, which is
  /// the same, and none for languages here.
  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String capitalized(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return upper(text.substring(0, first)) + lower(text.substring(first));
  }

  private String tojson(@Nullable Object value, Given given) throws TemplateException {
    @Nullable Object ascii = given.get(0, "ensure_ascii");
    @Nullable Object indent = given.get(1, "indent");
    if (Values.truth(ascii)) {
      throw TemplateException.unknown(given.line, "'tojson' with ensure_ascii");
    }
    return Json.of(
        value, indent == null ? -1 : (int) Values.whole(indent, given.line), given.line, budget);
  }

  private String join(@Nullable Object value, Given given) throws TemplateException {
    @Nullable String between = given.textOrNull(0, "d");
    List<String> parts = new ArrayList<>();
    for (Object part : Values.items(value, given.line, budget)) {
      parts.add(text(part, given.line));
    }
    return budget.made(String.join(between == null ? "" : between, parts));
  }

  /// What Python gives as a generator.
  private static Series given(List<@Nullable Object> items) {
    return new Series(Series.Kind.GENERATOR, items);
  }

  private List<@Nullable Object> reversible(@Nullable Object value, int line)
      throws TemplateException {
    if (value instanceof Series series && series.kind() == Series.Kind.GENERATOR) {
      throw TemplateException.refused(line, series.inWords() + " has no last item");
    }
    return Values.items(value, line, budget);
  }

  private static Object absolute(@Nullable Object value, int line) throws TemplateException {
    return value instanceof Double number
        ? (Object) Math.abs(number)
        : (Object) Math.abs(Values.whole(value, line));
  }

  private static @Nullable Object first(List<@Nullable Object> items, boolean last) {
    return items.isEmpty()
        ? new Undefined("the first of nothing")
        : last ? items.getLast() : items.getFirst();
  }

  private Object reversed(@Nullable Object value, int line) throws TemplateException {
    if (value instanceof String text) {
      return budget.made(new StringBuilder(text).reverse().toString());
    }
    boolean generator = value instanceof Series series && series.kind() == Series.Kind.GENERATOR;
    List<@Nullable Object> reversed = new ArrayList<>(Values.items(value, line, budget).reversed());
    return generator ? reversed : given(reversed);
  }

  static List<@Nullable Object> pairs(Map<?, ?> map) {
    List<@Nullable Object> pairs = new ArrayList<>();
    map.forEach(
        (key, item) -> {
          List<@Nullable Object> pair = new ArrayList<>();
          pair.add(key);
          pair.add(item);
          pairs.add(Series.tuple(pair));
        });
    return pairs;
  }

  private static List<@Nullable Object> items(@Nullable Object value, int line)
      throws TemplateException {
    if (value instanceof Undefined) {
      return new ArrayList<>();
    }
    if (value instanceof Map<?, ?> map) {
      return pairs(map);
    }
    throw TemplateException.refused(line, Values.kind(value) + " has no items");
  }

  /// By their keys, small and capital letters alike.
  private static List<@Nullable Object> sorted(@Nullable Object value, Given given)
      throws TemplateException {
    if (value instanceof Undefined undefined) {
      throw TemplateException.refused(
          given.line, "'%s' is not there, and has no items".formatted(undefined.name()));
    }
    List<@Nullable Object> pairs = items(value, given.line);
    pairs.sort(Comparator.comparing(Filters::key, Values::compareTexts));
    return pairs;
  }

  private static String key(@Nullable Object pair) {
    return pair instanceof List<?> two ? lower(String.valueOf(two.getFirst())) : "";
  }

  private static @Nullable Object orDefault(@Nullable Object value, Given given) {
    @Nullable Object otherwise = given.has(0, "default_value") ? given.get(0, "default_value") : "";
    boolean falseToo = Values.truth(given.get(1, "boolean"));
    return value instanceof Undefined || (falseToo && !Values.truth(value)) ? otherwise : value;
  }

  private static Object whole(@Nullable Object value, Given given) throws TemplateException {
    return switch (value) {
      case Long number -> number;
      case Boolean truth -> truth ? 1L : 0L;
      case Double number when Math.abs(number) < 1L << 53 -> number.longValue();
      case String text when text.strip().matches("[+-]?\\d{1,18}") -> Long.valueOf(text.strip());
      case null, default ->
          throw TemplateException.unknown(given.line, "'int' of " + Values.kind(value));
    };
  }

  private List<@Nullable Object> mapped(@Nullable Object value, Given given)
      throws TemplateException {
    List<@Nullable Object> results = new ArrayList<>();
    boolean byAttribute = given.has(Integer.MAX_VALUE, "attribute");
    String name =
        byAttribute ? given.text(Integer.MAX_VALUE, "attribute") : given.text(0, "filter");
    List<@Nullable Object> arguments = byAttribute ? List.of() : given.from(1);
    for (Object item : Values.items(value, given.line, budget)) {
      results.add(
          byAttribute
              ? attribute(item, name, given.line)
              : apply(name, item, arguments, Map.of(), given.line));
    }
    return results;
  }

  /// An attribute of an item, or of an attribute of it.
  private static @Nullable Object attribute(@Nullable Object item, String path, int line)
      throws TemplateException {
    @Nullable Object value = item;
    for (String name : path.split("\\.", -1)) {
      if (value instanceof Undefined undefined) {
        throw TemplateException.refused(
            line, "'%s' is not there, and has no '%s'".formatted(undefined.name(), name));
      }
      value =
          value instanceof Map<?, ?> map && map.containsKey(name)
              ? map.get(name)
              : new Undefined(name);
    }
    return value;
  }

  private List<@Nullable Object> chosen(
      @Nullable Object value, Given given, @Nullable String attribute, boolean keep)
      throws TemplateException {
    int position = attribute == null ? 0 : 1;
    boolean tested = given.has(position, "test");
    String test = tested ? given.text(position, "test") : "";
    List<@Nullable Object> arguments = given.from(position + 1);
    List<@Nullable Object> results = new ArrayList<>();
    for (Object item : Values.items(value, given.line, budget)) {
      @Nullable Object looked = attribute == null ? item : attribute(item, attribute, given.line);
      boolean holds =
          tested
              ? Predicates.holds(test, looked, arguments, given.line, budget)
              : Values.truth(looked);
      if (holds == keep) {
        results.add(item);
      }
    }
    return results;
  }

  private String indented(@Nullable Object value, Given given) throws TemplateException {
    if (!(value instanceof String text)) {
      throw TemplateException.refused(
          given.line, Values.kind(value) + " stands where a text is needed");
    }
    @Nullable Object width = given.get(0, "width");
    boolean first = Values.truth(given.get(1, "first"));
    boolean blank = Values.truth(given.get(2, "blank"));
    String space =
        width instanceof String spelled
            ? spelled
            : " ".repeat(Math.clamp(width == null ? 4 : Values.whole(width, given.line), 0, 1000));
    String[] lines = text.split("\n", -1);
    budget.making(text.length() + (long) lines.length * space.length());
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < lines.length; i++) {
      boolean indents = (i > 0 && (blank || !lines[i].isEmpty())) || (i == 0 && first);
      result.append(i > 0 ? "\n" : "").append(indents ? space : "").append(lines[i]);
    }
    return result.toString();
  }
}
