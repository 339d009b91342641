// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/// The one way this program writes JSON: keys in the order given, those of maps sorted; a number
/// that is not finite, which JSON cannot hold, as null.
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private Json() {}

  /// An empty object.
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /// A record, list or map as JSON, component by component.
  public static ObjectNode of(Object value) {
    return MAPPER.valueToTree(value);
  }

  /// Puts a number, or null where it is not finite.
  public static void put(ObjectNode object, String key, double value) {
    if (Double.isFinite(value)) {
      object.put(key, value);
    } else {
      object.putNull(key);
    }
  }

  /// Puts a number that a result must have. One that is not finite is no result, but the sign that
  /// something before it went wrong.
  ///
  /// @throws Failure naming it, if it is not finite
  public static void putFinite(ObjectNode object, String key, double value) {
    if (!Double.isFinite(value)) {
      throw new Failure(
          "%s is %s: %s"
              .formatted(
                  key,
                  value,
                  Double.isNaN(value)
                      ? "it is 0 / 0, because the activations do not vary or are too small for the"
                          + " numbers of the backend; scale them up"
                      : "the activations or the weights are too large for the numbers of the"
                          + " backend; scale the activations down"));
    }
    object.put(key, value);
  }

  /// Puts several numbers as [#put(ObjectNode, String, double)] does.
  public static void put(ObjectNode object, Map<String, Double> values) {
    values.forEach((key, value) -> put(object, key, value));
  }

  /// On one line.
  public static String line(ObjectNode object) {
    return text(object, false);
  }

  /// Indented, for a file that people read.
  public static String pretty(ObjectNode object) {
    return text(object, true) + "\n";
  }

  private static String text(ObjectNode object, boolean indented) {
    try {
      return indented
          ? MAPPER.writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(object)
          : MAPPER.writeValueAsString(object);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a tree of plain values is always writable", impossible);
    }
  }
}
