// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `namespace(…)`: the one value that a template changes.
final class Namespace {
  private final Map<String, @Nullable Object> values;

  Namespace(Map<String, @Nullable Object> values) {
    this.values = new HashMap<>(values);
  }

  @Nullable Object get(String name) {
    return values.containsKey(name) ? values.get(name) : new Undefined(name);
  }

  void set(String name, @Nullable Object value) {
    values.put(name, value);
  }
}
