// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.Parser;
import sae4j.models.jinja.syntax.Statement;
import sae4j.models.jinja.syntax.TemplateException;

/// A Jinja template, as the library transformers renders chat templates: with `trim_blocks`,
/// `lstrip_blocks`, `break`, `continue`, `generation` and `raise_exception`.
///
/// A template may come from anybody. It sees the values that it is given, which are none, truth
/// values, whole and broken numbers, texts, lists and mappings; it calls nothing of Java; and it
/// ends after 10 million steps or 268 million characters.
public final class Template {
  private final List<Statement> statements;

  private Template(List<Statement> statements) {
    this.statements = statements;
  }

  /// Reads a template.
  ///
  /// @throws TemplateException if it has what is not known here
  public static Template of(String source) throws TemplateException {
    try {
      return new Template(Parser.parse(source));
    } catch (StackOverflowError deep) {
      throw tooDeep();
    }
  }

  /// Renders it.
  ///
  /// @param values what its names stand for: null, [Boolean], [Long], [Double], [String], and
  ///     [List]s and [Map]s of these
  /// @throws TemplateException if it cannot be carried out
  public String render(Map<String, @Nullable Object> values) throws TemplateException {
    try {
      return Renderer.render(statements, values);
    } catch (StackOverflowError deep) {
      throw tooDeep();
    }
  }

  private static TemplateException tooDeep() {
    return new TemplateException(
        TemplateException.Kind.TOO_MUCH, "it is nested deeper than the stack");
  }
}
