// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.TemplateException;

/// `namespace(…)`, the one value that a template changes, and `loop`.
final class Namespace {
  private final Map<String, @Nullable Object> values;
  private final boolean complete;

  Namespace(Map<String, @Nullable Object> values) {
    this(values, true);
  }

  private Namespace(Map<String, @Nullable Object> values, boolean complete) {
    this.values = new HashMap<>(values);
    this.complete = complete;
  }

  /// Of something that has more in Python than what is known here.
  static Namespace ofSome(Map<String, @Nullable Object> values) {
    return new Namespace(values, false);
  }

  /// @throws TemplateException if it may have something of that name that is not known here
  @Nullable Object get(String name, int line) throws TemplateException {
    if (!complete && !values.containsKey(name)) {
      throw TemplateException.unknown(line, "the attribute '" + name + "'");
    }
    return values.containsKey(name) ? values.get(name) : new Undefined(name);
  }

  void set(String name, @Nullable Object value) {
    values.put(name, value);
  }
}
