// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.PythonText;
import sae4j.models.jinja.syntax.TemplateException;

/// Values as Python's `json.dumps` writes them with `ensure_ascii=False`.
final class Json {
  private static final int DEEPEST = 100;

  private final StringBuilder out = new StringBuilder();
  private final int indent;
  private final int line;
  private final Budget budget;

  private Json(int indent, int line, Budget budget) {
    this.indent = indent;
    this.line = line;
    this.budget = budget;
  }

  /// @param indent spaces for each level; negative for a single line
  static String of(@Nullable Object value, int indent, int line, Budget budget)
      throws TemplateException {
    Json json = new Json(Math.min(indent, 1000), line, budget);
    json.write(value, 0);
    return budget.made(json.out.toString());
  }

  private void write(@Nullable Object value, int depth) throws TemplateException {
    budget.work(1 + depth * Math.max(0L, indent) / 16);
    if (depth > DEEPEST) {
      throw TemplateException.unknown(line, "'tojson' of something so deep");
    }
    switch (value) {
      case null -> out.append("null");
      case Boolean truth -> out.append(truth.toString());
      case Long number -> out.append(number.toString());
      case Double number when number.isNaN() || number.isInfinite() ->
          out.append(number.isNaN() ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
      case Double number -> out.append(PythonText.repr(number));
      case String text -> quote(text);
      case Series series when series.kind() != Series.Kind.TUPLE ->
          throw TemplateException.refused(line, Values.kind(value) + " has no JSON");
      case List<?> list -> {
        out.append('[');
        String between = "";
        for (Object item : list) {
          out.append(between);
          newLine(depth + 1);
          write(item, depth + 1);
          between = indent < 0 ? ", " : ",";
        }
        if (!list.isEmpty()) {
          newLine(depth);
        }
        out.append(']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
          Map.Entry<?, ?> item = i.next();
          newLine(depth + 1);
          quote(String.valueOf(item.getKey()));
          out.append(": ");
          write(item.getValue(), depth + 1);
          out.append(!i.hasNext() ? "" : indent < 0 ? ", " : ",");
        }
        if (!map.isEmpty()) {
          newLine(depth);
        }
        out.append('}');
      }
      default -> throw TemplateException.refused(line, Values.kind(value) + " has no JSON");
    }
  }

  private void newLine(int depth) {
    if (indent >= 0) {
      out.append('\n').append(" ".repeat(indent * depth));
    }
  }

  private void quote(String text) throws TemplateException {
    budget.work(1 + text.length() / 64);
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int plain = "\"\\\n\r\t\f\b".indexOf(c);
      if (plain >= 0) {
        out.append('\\').append("\"\\nrtfb".charAt(plain));
      } else if (c < ' ') {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
