// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.LayerKind;
import dev.hardwood.reader.Validity;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// The values of a leaf in a batch, and the layers that lead to it: one for each list, and one for
/// each struct that may be null.
///
/// A reader may copy its arrays each time it is asked for them, so it is asked once for each batch.
final class Leaf {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ColumnReader reader;
  private final TextLimit limit;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
  private Validity[] layers = {};
  private int[][] offsets = {};
  private Validity present = Validity.NO_NULLS;
  private IntFunction<JsonNode> values = _ -> JSON.nullNode();

  Leaf(ColumnReader reader, TextLimit limit) {
    this.reader = reader;
    this.limit = limit;
  }

  /// Takes what the reader has come to.
  void nextBatch() {
    int count = reader.getLayerCount();
    layers = new Validity[count];
    offsets = new int[count][];
    for (int layer = 0; layer < count; layer++) {
      layers[layer] = reader.getLayerValidity(layer);
      offsets[layer] =
          reader.getLayerKind(layer) == LayerKind.REPEATED
              ? reader.getLayerOffsets(layer)
              : new int[0];
    }
    present = reader.getLeafValidity();
    values = values();
  }

  boolean isNull(int layer, int at) {
    return layers[layer].isNull(at);
  }

  /// Where the list `at` of a layer begins in the layer below it.
  int from(int layer, int at) {
    return offsets[layer][at];
  }

  int to(int layer, int at) {
    return offsets[layer][at + 1];
  }

  JsonNode value(int at) {
    return present.isNull(at) ? JSON.nullNode() : values.apply(at);
  }

  private IntFunction<JsonNode> values() {
    @Nullable LogicalType meaning = reader.getColumnSchema().logicalType();
    if (!isRead(reader.getColumnSchema().type(), meaning)) {
      JsonNode other = JSON.pojoNode(new NotText(kind(meaning)));
      return _ -> other;
    }
    return switch (reader.getColumnSchema().type()) {
      case BOOLEAN -> {
        boolean[] all = reader.getBooleans();
        yield at -> JSON.booleanNode(all[at]);
      }
      case INT32 -> {
        int[] all = reader.getInts();
        yield at -> JSON.numberNode(all[at]);
      }
      case INT64 -> {
        long[] all = reader.getLongs();
        yield at -> JSON.numberNode(all[at]);
      }
      case FLOAT -> {
        float[] all = reader.getFloats();
        yield at -> JSON.numberNode(all[at]);
      }
      case DOUBLE -> {
        double[] all = reader.getDoubles();
        yield at -> JSON.numberNode(all[at]);
      }
      case BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT96 -> {
        byte[] bytes = reader.getBinaryValues();
        int[] ends = reader.getBinaryOffsets();
        yield at -> text(bytes, ends[at], ends[at + 1] - ends[at]);
      }
    };
  }

  /// Whether values have a form in JSON: truth, numbers and strings. An unsigned number would lose
  /// its upper half.
  private static boolean isRead(PhysicalType type, @Nullable LogicalType meaning) {
    return switch (type) {
      case BOOLEAN, FLOAT, DOUBLE -> meaning == null;
      case INT32, INT64 ->
          meaning == null || (meaning instanceof LogicalType.IntType whole && whole.isSigned());
      case BYTE_ARRAY ->
          meaning instanceof LogicalType.StringType
              || meaning instanceof LogicalType.EnumType
              || meaning instanceof LogicalType.JsonType;
      case FIXED_LEN_BYTE_ARRAY, INT96 -> false;
    };
  }

  private JsonNode text(byte[] bytes, int from, int length) {
    limit.count(length);
    if (length > limit.longest()) {
      return JSON.pojoNode(new NotText("longer than %,d bytes".formatted(limit.longest())));
    }
    try {
      return JSON.textNode(utf8.decode(ByteBuffer.wrap(bytes, from, length)).toString());
    } catch (CharacterCodingException noUtf8) {
      return JSON.pojoNode(new NotText("not UTF-8"));
    }
  }

  private static String kind(@Nullable LogicalType meaning) {
    return meaning == null
        ? "bytes"
        : "of the type " + meaning.getClass().getSimpleName().replaceFirst("Type$", "");
  }
}
