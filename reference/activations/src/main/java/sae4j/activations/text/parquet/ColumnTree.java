// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.metadata.RepetitionType;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ColumnReaders;
import dev.hardwood.schema.SchemaNode;
import dev.hardwood.schema.SchemaNode.GroupNode;
import dev.hardwood.schema.SchemaNode.PrimitiveNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sae4j.files.FormatException;

/// A column as JSON: structs as objects, lists as arrays, null as null. The leaves of a nested
/// column are columns of their own on disk; this puts them together again. Leaves of one list must
/// agree on its length.
final class ColumnTree {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Path file;
  private final SchemaNode root;
  private final Map<Integer, Leaf> leaves = new HashMap<>();
  private final IdentityHashMap<SchemaNode, List<Leaf>> below = new IdentityHashMap<>();

  /// @param readers of all leaves of the column
  ColumnTree(Path file, SchemaNode root, ColumnReaders readers, TextLimit limit) {
    this.file = file;
    this.root = root;
    for (int i = 0; i < readers.getColumnCount(); i++) {
      ColumnReader reader = readers.getColumnReader(i);
      leaves.put(reader.getColumnSchema().columnIndex(), new Leaf(reader, limit));
    }
    gather(root);
  }

  private List<Leaf> gather(SchemaNode node) {
    List<Leaf> found = new ArrayList<>();
    switch (node) {
      case PrimitiveNode leaf -> found.add(Objects.requireNonNull(leaves.get(leaf.columnIndex())));
      case GroupNode group -> group.children().forEach(child -> found.addAll(gather(child)));
    }
    below.put(node, found);
    return found;
  }

  /// Takes the batch that the readers have come to.
  void nextBatch() {
    leaves.values().forEach(Leaf::nextBatch);
  }

  /// The column in a row of the batch.
  JsonNode value(int row) throws FormatException {
    return value(root, 0, row);
  }

  /// @param layer how many layers lead to the node
  /// @param at which item of the innermost of them
  private JsonNode value(SchemaNode node, int layer, int at) throws FormatException {
    List<Leaf> inside = Objects.requireNonNull(below.get(node));
    if (inside.isEmpty()) {
      throw damaged("has a struct without fields");
    }
    return switch (node) {
      case PrimitiveNode _ -> inside.getFirst().value(at);
      case GroupNode group when group.isList() -> list(group, inside, layer, at);
      case GroupNode group when group.isMap() || group.isVariant() -> other("a map");
      case GroupNode group -> struct(group, inside.getFirst(), layer, at);
    };
  }

  private JsonNode struct(GroupNode group, Leaf first, int layer, int at) throws FormatException {
    int inner = layer;
    if (group.repetitionType() == RepetitionType.OPTIONAL) {
      if (first.isNull(layer, at)) {
        return JSON.nullNode();
      }
      inner++;
    }
    ObjectNode object = JSON.objectNode();
    for (SchemaNode child : group.children()) {
      object.set(child.name(), value(child, inner, at));
    }
    return object;
  }

  private JsonNode list(GroupNode group, List<Leaf> inside, int layer, int at)
      throws FormatException {
    SchemaNode element = group.getListElement();
    if (element == null) {
      return other("a list of an unknown form");
    }
    Leaf first = inside.getFirst();
    if (first.isNull(layer, at)) {
      return JSON.nullNode();
    }
    int from = first.from(layer, at);
    int to = first.to(layer, at);
    for (Leaf leaf : inside) {
      if (leaf.from(layer, at) != from || leaf.to(layer, at) != to) {
        throw damaged("has fields that do not agree on the length of a list");
      }
    }
    ArrayNode array = JSON.arrayNode(to - from);
    for (int i = from; i < to; i++) {
      array.add(value(element, layer + 1, i));
    }
    return array;
  }

  private static JsonNode other(String kind) {
    return JSON.pojoNode(new NotText(kind));
  }

  private FormatException damaged(String problem) {
    return new FormatException(
        file,
        "column " + FormatException.quote(root.name()),
        problem,
        "check that the file is whole");
  }
}
