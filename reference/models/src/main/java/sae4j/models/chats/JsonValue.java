// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.chats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.POJONode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.Opaque;

/// JSON as the values of a template.
public final class JsonValue {
  private JsonValue() {}

  /// A value. What is no JSON, and a number beyond 64 bits, is [Opaque].
  public static @Nullable Object of(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL, MISSING -> null;
      case BOOLEAN -> value.booleanValue();
      case STRING -> value.textValue();
      case NUMBER -> number(value);
      case ARRAY -> {
        List<@Nullable Object> items = new ArrayList<>();
        value.forEach(item -> items.add(of(item)));
        yield items;
      }
      case OBJECT -> {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        value.properties().forEach(each -> entries.put(each.getKey(), of(each.getValue())));
        yield entries;
      }
      case POJO, BINARY ->
          new Opaque(value instanceof POJONode other ? String.valueOf(other.getPojo()) : "bytes");
    };
  }

  private static Object number(JsonNode value) {
    if (!value.isIntegralNumber()) {
      return value.doubleValue();
    }
    return value.canConvertToLong()
        ? (Object) value.longValue()
        : new Opaque("a number of more than 64 bits");
  }
}
