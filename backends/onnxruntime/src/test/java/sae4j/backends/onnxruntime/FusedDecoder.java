// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;
import sae4j.files.safetensors.Safetensors;

/// Writes a decoder over the weights of a fixture as the genai builder does, with its fused
/// operators. The runtime's attention wants heads of 16 numbers, so narrower ones get zeros: they
/// change no score and no value.
///
/// @param layers of the model
/// @param width D
/// @param heads of queries
/// @param shared heads of keys and values
/// @param headWidth numbers of a head in the fixture, at most 16
/// @param gemma whether it is a Gemma 2: norms behind attention and MLP, GELU, a factor on the
///     embedding, bounds, and a window of 4 in every other layer
/// @param attention which operator computes attention
/// @param rounded what becomes of the matrices
record FusedDecoder(
    int layers,
    int width,
    int heads,
    int shared,
    int headWidth,
    boolean gemma,
    Attention attention,
    Rounded rounded) {
  static final int WIDE = 16;
  private static final int BLOCK = 16;

  /// `GroupQueryAttention` that rotates, of queries, keys and values in one tensor; or
  /// `MultiHeadAttention` behind `RotaryEmbedding`, of keys and values that are repeated.
  enum Attention {
    GROUPED,
    OF_ALL_HEADS
  }

  /// Matrices as they are; rounded to 16 numbers a block; the same, kept as `MatMulNBits` does.
  enum Rounded {
    NOT,
    FLOATS,
    QUANTISED
  }

  /// Writes `model.onnx` into a folder.
  void write(Path fixture, Path folder) throws IOException {
    try (Safetensors weights = Safetensors.open(fixture.resolve("model.safetensors"))) {
      OnnxModel model = new Writing(this, weights).model();
      Files.write(folder.resolve("model.onnx"), OnnxWriter.encode(model, folder.toRealPath()));
    }
  }

  private static final class Writing {
    private final FusedDecoder of;
    private final Safetensors weights;
    private final GraphBuilder graph = new GraphBuilder();
    private final List<String> outputs = new ArrayList<>(List.of("logits"));

    Writing(FusedDecoder of, Safetensors weights) {
      this.of = of;
      this.weights = weights;
    }

    private float[] read(String name) throws IOException {
      return weights.tensor(name).withFloats().floats();
    }

    OnnxModel model() throws IOException {
      graph.input("input_ids", ElementType.INT64, "batch", "tokens");
      graph.input("attention_mask", ElementType.INT64, "batch", "all_tokens");
      boolean grouped = of.attention == Attention.GROUPED;
      if (grouped) {
        for (int layer = 0; layer < of.layers; layer++) {
          for (String kind : List.of("key", "value")) {
            String past = "past_key_values." + layer + "." + kind;
            String heads = String.valueOf(of.shared);
            graph.input(past, ElementType.FLOAT, "batch", heads, "past", "width");
            outputs.add("present." + layer + "." + kind);
          }
        }
        lengths();
      } else {
        graph.input("position_ids", ElementType.INT64, "batch", "tokens");
        mask();
      }
      rotations();
      int vocabulary = 300;
      float[] embedding = read("model.embed_tokens.weight");
      floats("embedding", embedding, vocabulary, of.width);
      String stream = graph.op("Gather", "/embed/Gather", "embedding", "input_ids");
      if (of.gemma) {
        stream = graph.op("Mul", "/embed/Mul", stream, graph.scalar((float) Math.sqrt(of.width)));
      }
      String normed = norm("input_layernorm", 0, stream);
      for (int layer = 0; layer < of.layers; layer++) {
        String added = attention(layer, normed);
        String behind = of.gemma ? "pre_feedforward_layernorm" : "post_attention_layernorm";
        if (of.gemma) {
          added = norm("post_attention_layernorm", layer, added);
        }
        normed = skip(layer, behind, stream, added);
        stream = "/" + layer + "/" + behind + "/sum";
        added = mlp(layer, normed);
        if (of.gemma) {
          added = norm("post_feedforward_layernorm", layer, added);
        }
        normed = skip(layer + 1, "input_layernorm", stream, added);
        stream = "/" + (layer + 1) + "/input_layernorm/sum";
      }
      float[] head = of.gemma ? embedding : read("lm_head.weight");
      String scores = product("lm_head", normed, head, vocabulary, of.width);
      if (of.gemma) {
        String cap = graph.scalar(3f);
        String ratio = graph.op("Div", "/lm_head/Div", scores, cap);
        graph.op("Mul", "logits", graph.op("Tanh", "/lm_head/Tanh", ratio), cap);
      } else {
        graph.op("Identity", "logits", scores);
      }
      return new OnnxModel(
          10, Map.of("", 21L, "com.microsoft", 1L), graph.build("decoder", outputs), List.of());
    }

    private void floats(String name, float[] values, long... dims) {
      graph.weight(GraphWeight.floats(name, dims, values));
    }

    private String contributed(
        String op, List<String> outputs, Map<String, Attribute> attributes, String... inputs) {
      graph.add(
          new Node(
              op,
              "com.microsoft",
              outputs.getFirst(),
              List.of(inputs),
              outputs,
              attributes,
              Map.of()));
      return outputs.getFirst();
    }

    private static Attribute whole(long value) {
      return new Attribute.IntValue(value);
    }

    private void lengths() {
      Map<String, Attribute> flat = Map.of("keepdims", whole(0));
      Map<String, Attribute> narrow = Map.of("to", whole(ElementType.INT32.number()));
      String sum = graph.op("ReduceSum", "/mask/Sum", flat, "attention_mask", graph.longs(1));
      String last = graph.op("Sub", "/mask/Sub", sum, graph.longs(1));
      graph.op("Cast", "seqlens_k", narrow, last);
      String shape = graph.op("Shape", "/mask/Shape", "attention_mask");
      String total = graph.op("Gather", "/mask/Gather", shape, graph.scalar(1L));
      graph.op("Cast", "total", narrow, total);
    }

    private void mask() {
      String shape = graph.op("Shape", "/mask/Shape", "attention_mask");
      String total = graph.op("Gather", "/mask/Gather", shape, graph.scalar(1L));
      String to = graph.op("Range", "/mask/Range", graph.scalar(0L), total, graph.scalar(1L));
      String from = graph.op("Unsqueeze", "/mask/Column", to, graph.longs(1));
      String seen = graph.op("LessOrEqual", "/mask/Seen", to, from);
      String lowest = graph.scalar(-Float.MAX_VALUE);
      String square = graph.op("Where", "/mask/Where", seen, graph.scalar(0f), lowest);
      graph.op("Unsqueeze", "mask", square, graph.longs(0, 1));
    }

    private void rotations() {
      float[] cos = new float[32 * WIDE / 2];
      float[] sin = new float[cos.length];
      Arrays.fill(cos, 1);
      for (int position = 0; position < 32; position++) {
        for (int i = 0; i < of.headWidth / 2; i++) {
          double angle = position * Math.pow(10_000, -2.0 * i / of.headWidth);
          cos[position * WIDE / 2 + i] = (float) Math.cos(angle);
          sin[position * WIDE / 2 + i] = (float) Math.sin(angle);
        }
      }
      floats("cos_cache", cos, 32, WIDE / 2);
      floats("sin_cache", sin, 32, WIDE / 2);
    }

    private float[] gain(String name) throws IOException {
      float[] gain = read(name);
      for (int i = 0; of.gemma && i < gain.length; i++) {
        gain[i] += 1;
      }
      return gain;
    }

    private String norm(String name, int layer, String x) throws IOException {
      String gain = "model.layers." + layer + "." + name + ".weight";
      floats(gain, gain(gain), of.width);
      Map<String, Attribute> attributes =
          Map.of("epsilon", new Attribute.FloatValue(1e-6f), "axis", whole(-1));
      return graph.op(
          "SimplifiedLayerNormalization", "/" + layer + "/" + name, attributes, x, gain);
    }

    private String skip(int layer, String name, String stream, String added) throws IOException {
      String gain =
          layer == of.layers
              ? "model.norm.weight"
              : "model.layers.%d.%s.weight".formatted(layer, name);
      floats(gain, gain(gain), of.width);
      String output = "/" + layer + "/" + name;
      return contributed(
          "SkipSimplifiedLayerNormalization",
          List.of(output, "", "", output + "/sum"),
          Map.of("epsilon", new Attribute.FloatValue(1e-6f)),
          stream,
          added,
          gain);
    }

    /// Rows of heads, [heads · headWidth, D], with zeros between the halves: [heads · 16, D].
    private float[] widened(float[] rows) {
      int inner = rows.length / of.width;
      float[] wide = new float[inner / of.headWidth * WIDE * of.width];
      for (int row = 0; row < inner; row++) {
        System.arraycopy(rows, row * of.width, wide, place(row) * of.width, of.width);
      }
      return wide;
    }

    private int place(int entry) {
      int inHead = entry % of.headWidth;
      int half = of.headWidth / 2;
      return entry / of.headWidth * WIDE + inHead % half + inHead / half * (WIDE / 2);
    }

    private float[] widenedColumns(float[] matrix) {
      int inner = of.heads * of.headWidth;
      float[] wide = new float[of.width * of.heads * WIDE];
      for (int row = 0; row < of.width; row++) {
        for (int column = 0; column < inner; column++) {
          wide[row * of.heads * WIDE + place(column)] = matrix[row * inner + column];
        }
      }
      return wide;
    }

    private String attention(int layer, String x) throws IOException {
      String module = "model.layers." + layer + ".self_attn.";
      float[] q = widened(read(module + "q_proj.weight"));
      float[] k = widened(read(module + "k_proj.weight"));
      float[] v = widened(read(module + "v_proj.weight"));
      String name = "/" + layer + "/attn";
      float scale = (float) (1 / Math.sqrt(of.gemma ? 6 : of.headWidth));
      Map<String, Attribute> attributes = new HashMap<>();
      attributes.put("num_heads", whole(of.heads));
      attributes.put("scale", new Attribute.FloatValue(scale));
      String z;
      if (of.attention == Attention.GROUPED) {
        float[] joint = Arrays.copyOf(q, q.length + k.length + v.length);
        System.arraycopy(k, 0, joint, q.length, k.length);
        System.arraycopy(v, 0, joint, q.length + k.length, v.length);
        int rows = (of.heads + 2 * of.shared) * WIDE;
        attributes.put("kv_num_heads", whole(of.shared));
        attributes.put("do_rotary", whole(1));
        attributes.put("rotary_interleaved", whole(0));
        attributes.put("softcap", new Attribute.FloatValue(of.gemma ? 2 : 0));
        boolean local = of.gemma && layer % 2 == 0;
        attributes.put("local_window_size", whole(local ? 4 : -1));
        if (local) {
          attributes.put("sliding_window_cache", whole(1));
        }
        z =
            contributed(
                "GroupQueryAttention",
                List.of(name, "present." + layer + ".key", "present." + layer + ".value"),
                attributes,
                product(name + "/qkv", x, joint, rows, of.width),
                "",
                "",
                "past_key_values." + layer + ".key",
                "past_key_values." + layer + ".value",
                "seqlens_k",
                "total",
                "cos_cache",
                "sin_cache",
                "",
                "",
                "");
      } else {
        int rows = of.shared * WIDE;
        String queries = rotary(name + "/q", x, q, of.heads * WIDE);
        String keys = repeated(rotary(name + "/k", x, k, rows));
        String values = repeated(product(name + "/v", x, v, rows, of.width));
        attributes.put("unidirectional", whole(0));
        z =
            contributed(
                "MultiHeadAttention",
                List.of(name),
                attributes,
                queries,
                keys,
                values,
                "",
                "",
                "mask");
      }
      float[] out = widenedColumns(read(module + "o_proj.weight"));
      return product(name + "/o", z, out, of.width, of.heads * WIDE);
    }

    private String rotary(String name, String x, float[] matrix, int rows) {
      return contributed(
          "RotaryEmbedding",
          List.of(name + "/rotary"),
          Map.of("interleaved", whole(0), "num_heads", whole(0)),
          product(name, x, matrix, rows, of.width),
          "position_ids",
          "cos_cache",
          "sin_cache");
    }

    private String repeated(String x) {
      String apart = graph.op("Reshape", x + "/apart", x, graph.longs(0, 0, of.shared, 1, WIDE));
      String times = graph.longs(1, 1, 1, of.heads / of.shared, 1);
      String all = graph.op("Expand", x + "/all", apart, times);
      return graph.op("Reshape", x + "/flat", all, graph.longs(0, 0, (long) of.heads * WIDE));
    }

    private String mlp(int layer, String x) throws IOException {
      String module = "model.layers." + layer + ".mlp.";
      String name = "/" + layer + "/mlp";
      float[] gate = read(module + "gate_proj.weight");
      int inner = gate.length / of.width;
      String gated = product(name + "/gate", x, gate, inner, of.width);
      String up = product(name + "/up", x, read(module + "up_proj.weight"), inner, of.width);
      String act;
      if (of.gemma) {
        Map<String, Attribute> tanh = Map.of("approximate", new Attribute.Text("tanh"));
        act = graph.op("Gelu", name + "/act", tanh, gated);
      } else {
        String gates = graph.op("Sigmoid", name + "/Sigmoid", gated);
        act = graph.op("Mul", name + "/act", gated, gates);
      }
      String neurons = graph.op("Mul", name + "/Mul", act, up);
      return product(name + "/down", neurons, read(module + "down_proj.weight"), of.width, inner);
    }

    /// x · Wᵀ.
    ///
    /// @param w [rows, columns]
    private String product(String name, String x, float[] w, int rows, int columns) {
      if (of.rounded == Rounded.NOT) {
        return multiplied(name, x, w, rows, columns);
      }
      int blocks = Math.ceilDiv(columns, BLOCK);
      byte[] packed = new byte[rows * blocks * BLOCK / 2];
      float[] scales = new float[rows * blocks];
      float[] kept = new float[w.length];
      for (int row = 0; row < rows; row++) {
        for (int block = 0; block < blocks; block++) {
          int first = block * BLOCK;
          int count = Math.min(BLOCK, columns - first);
          float largest = 0;
          for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(w[row * columns + first + i]));
          }
          float scale = largest == 0 ? 1 : largest / 7;
          scales[row * blocks + block] = scale;
          for (int i = 0; i < count; i++) {
            int number = Math.round(w[row * columns + first + i] / scale);
            kept[row * columns + first + i] = number * scale;
            packed[((row * blocks + block) * BLOCK + i) / 2] |=
                (byte) ((number + 8) << (i % 2 * 4));
          }
        }
      }
      if (of.rounded == Rounded.FLOATS) {
        return multiplied(name, x, kept, rows, columns);
      }
      long[] dims = {rows, blocks, BLOCK / 2};
      graph.weight(
          new GraphWeight(
              name + ".qweight", ElementType.UINT8, dims, new GraphWeight.Storage.Inline(packed)));
      floats(name + ".scales", scales, rows, blocks);
      Map<String, Attribute> attributes = new LinkedHashMap<>();
      attributes.put("bits", whole(4));
      attributes.put("block_size", whole(BLOCK));
      attributes.put("K", whole(columns));
      attributes.put("N", whole(rows));
      attributes.put("accuracy_level", whole(0));
      return contributed(
          "MatMulNBits", List.of(name), attributes, x, name + ".qweight", name + ".scales");
    }

    private String multiplied(String name, String x, float[] w, int rows, int columns) {
      float[] transposed = new float[w.length];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          transposed[column * rows + row] = w[row * columns + column];
        }
      }
      floats(name + ".weight", transposed, columns, rows);
      return graph.op("MatMul", name, x, name + ".weight");
    }
  }
}
