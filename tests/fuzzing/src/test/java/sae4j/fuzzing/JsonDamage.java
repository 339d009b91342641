// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/// Ways in which a JSON file stops saying what its format lets it say. None of them can be meant,
/// so whoever reads the field has to refuse it.
enum JsonDamage {
  /// A value of another type.
  OTHER_TYPE,
  /// Number or word of no meaning.
  ABSURD,
  /// Null in a value's place.
  NULL,
  /// A field that is gone. What a format has a default for may be left out.
  MISSING,
  /// A field twice.
  TWICE,
  /// Something behind the end.
  TRAILING;

  private static final JsonMapper JSON = new JsonMapper();

  /// One value and how it is replaced.
  private record Place(String path, JsonNode value, Consumer<JsonNode> set, Runnable remove) {}

  /// What was done.
  ///
  /// @param what the path of the field, and how it was changed
  record Damaged(byte[] bytes, String what) {}

  Damaged apply(byte[] sound, SplittableRandom random) throws IOException {
    if (this == TRAILING) {
      String text = new String(sound, StandardCharsets.UTF_8) + (random.nextBoolean() ? "}" : " 1");
      return new Damaged(text.getBytes(StandardCharsets.UTF_8), "something behind the end");
    }
    JsonNode root = JSON.readTree(sound);
    List<Place> places = new ArrayList<>();
    collect("", root, places);
    Place place = places.get(random.nextInt(places.size()));
    JsonNode other = other(place.value, random);
    switch (this) {
      case MISSING -> place.remove.run();
      case NULL -> place.set.accept(JSON.nullNode());
      case OTHER_TYPE, ABSURD -> place.set.accept(other);
      case TWICE, TRAILING -> {}
    }
    String text = JSON.writeValueAsString(root);
    if (this == TWICE && root.isObject() && !root.isEmpty()) {
      List<String> names = new ArrayList<>();
      root.fieldNames().forEachRemaining(names::add);
      String name = names.get(random.nextInt(names.size()));
      text =
          "{%s:%s,%s"
              .formatted(
                  JSON.writeValueAsString(name), other(root.get(name), random), text.substring(1));
      return new Damaged(text.getBytes(StandardCharsets.UTF_8), name + " twice");
    }
    return new Damaged(
        text.getBytes(StandardCharsets.UTF_8), place.path + " " + this + " " + other);
  }

  private JsonNode other(JsonNode value, SplittableRandom random) {
    boolean text = random.nextBoolean();
    if (this == ABSURD && value.isNumber()) {
      double[] absurd = {-1, 0.5, 1e300, -2147483649.0, 1e18};
      return JSON.getNodeFactory().numberNode(absurd[random.nextInt(absurd.length)]);
    }
    if (this == ABSURD && value.isTextual()) {
      String[] absurd = {"", "no such thing", "\u0000", "../../../etc/hostname", "x".repeat(3000)};
      return JSON.getNodeFactory().textNode(absurd[random.nextInt(absurd.length)]);
    }
    if (value.isTextual()) {
      return text ? JSON.getNodeFactory().numberNode(17) : JSON.createObjectNode();
    }
    return text ? JSON.getNodeFactory().textNode("word") : JSON.createArrayNode().add("word");
  }

  private static void collect(String path, JsonNode node, List<Place> places) {
    switch (node) {
      case ObjectNode object ->
          object
              .fieldNames()
              .forEachRemaining(
                  name -> {
                    String own = path + "." + name;
                    JsonNode value = object.get(name);
                    places.add(
                        new Place(
                            own,
                            value,
                            other -> object.set(name, other),
                            () -> object.remove(name)));
                    collect(own, value, places);
                  });
      case ArrayNode array -> {
        for (int i = 0; i < Math.min(array.size(), 20); i++) {
          int at = i;
          String own = path + "[" + i + "]";
          places.add(
              new Place(own, array.get(i), other -> array.set(at, other), () -> array.remove(at)));
          collect(own, array.get(i), places);
        }
      }
      default -> {}
    }
  }
}
