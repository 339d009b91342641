// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/// What a row of a table may hold: a line `name type` for each column. A type may end in `[]` for a
/// list, in `?` where null may stand, and in `!` where the row may not lack it: the table has no
/// default.
record Columns(Map<String, String> types) {
  static Columns of(String text) {
    Map<String, String> types = new LinkedHashMap<>();
    for (String line : text.strip().lines().toList()) {
      String[] parts = line.strip().split(" +", -1);
      types.put(parts[0], parts[1]);
    }
    return new Columns(types);
  }

  void accept(JsonNode row) {
    assertThat(types.keySet())
        .as("columns of the table")
        .containsAll(new TreeSet<>(row.propertyStream().map(Map.Entry::getKey).toList()));
    types.forEach(
        (name, type) -> {
          if (type.endsWith("!")) {
            assertThat(row.has(name)).as(name + " is there").isTrue();
          }
          if (row.has(name)) {
            check(name, type.replace("!", ""), row.get(name));
          }
        });
  }

  private static void check(String name, String type, JsonNode value) {
    if (value.isNull()) {
      assertThat(type).as(name + " is null").endsWith("?");
    } else if (type.endsWith("[]")) {
      assertThat(value.isArray()).as(name + " is a list").isTrue();
      value.forEach(each -> check(name, type.substring(0, type.length() - 2), each));
    } else {
      boolean fits =
          switch (type.replace("?", "")) {
            case "String" -> value.isTextual() && value.textValue().indexOf('\0') < 0;
            case "Int" -> value.isInt();
            case "Float" -> value.isNumber();
            case "Boolean" -> value.isBoolean();
            case "Visibility" -> value.asText().matches("PUBLIC|UNLISTED|PRIVATE");
            case "DateTime" -> Instant.parse(value.asText()).isBefore(Instant.now());
            default -> throw new IllegalArgumentException(type);
          };
      assertThat(fits).as("%s is a %s: %s", name, type, value).isTrue();
    }
  }
}
