// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.LanguageGraph.CacheTensor;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.files.FormatException;
import sae4j.models.HookPoint;

/// The parts of decoder-only transformers as ONNX operations: token positions, the causal mask,
/// linear maps, attention with or without a key-value cache, normalisations, and hook points. A
/// family calls them in its own order.
///
/// Tensors of the graph: B sequences, T new tokens, P tokens in the cache, S = P + T; H heads of
/// width W, G of them with keys and values of their own.
final class TransformerGraph {
  static final long OPSET = 20;
  private static final long IR_VERSION = 9;

  /// The mask of tokens that are not seen: the lowest finite float32. The softmax is 0 there, and
  /// no NaN arises as from infinities.
  private static final float MASKED = -Float.MAX_VALUE;

  private static final List<String> ACTIVATIONS =
      List.of("gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu", "relu", "silu", "swish");

  /// The mask by which a token sees itself and those before it, [T, S].
  static final String MASK = "mask";

  private final GraphBuilder graph = new GraphBuilder();
  private final ModelWeights weights;
  private final TransformerSizes sizes;
  private final boolean cached;
  private final List<CacheTensor> cache = new ArrayList<>();
  private final SortedMap<HookPoint, String> hooks = new TreeMap<>();

  /// @param cached whether the graph takes and returns keys and values of earlier tokens
  TransformerGraph(ModelWeights weights, TransformerSizes sizes, boolean cached) {
    this.weights = weights;
    this.sizes = sizes;
    this.cached = cached;
    graph.input("input_ids", ElementType.INT64, "batch", "tokens");
    for (int layer = 0; cached && layer < sizes.layers(); layer++) {
      for (String part : List.of("key", "value")) {
        String past =
            graph.input(
                "past_key_values." + layer + "." + part,
                ElementType.FLOAT,
                "batch",
                Integer.toString(sizes.keyValueHeads()),
                "past",
                Integer.toString(sizes.headWidth()));
        cache.add(
            new CacheTensor(
                past, "present." + layer + "." + part, sizes.keyValueHeads(), sizes.headWidth()));
      }
    }
    positionsAndMask();
  }

  private void positionsAndMask() {
    String tokens =
        graph.op("Gather", "tokens", graph.op("Shape", "ids_shape", "input_ids"), graph.scalar(1));
    String past =
        cached
            ? graph.op(
                "Gather",
                "past_tokens",
                graph.op("Shape", "past_shape", cache.getFirst().past()),
                graph.scalar(2))
            : graph.scalar(0);
    String all = cached ? graph.op("Add", "all_tokens", past, tokens) : tokens;
    graph.op("Range", "positions", past, all, graph.scalar(1));
    String queries = graph.op("Unsqueeze", "query_positions", "positions", graph.longs(1));
    String keys = graph.op("Range", "key_positions", graph.scalar(0), all, graph.scalar(1));
    String seen = graph.op("LessOrEqual", "seen", keys, queries);
    graph.op("Where", MASK, seen, graph.scalar(0f), graph.scalar(MASKED));
  }

  /// The mask by which a token sees itself and the `tokens` − 1 before it, [T, S].
  String windowMask(int tokens) {
    if (tokens >= sizes.context()) {
      return MASK;
    }
    String distance = graph.op("Sub", "window.distance", "query_positions", "key_positions");
    String near = graph.op("Less", "window.near", distance, graph.scalar((long) tokens));
    return graph.op("Where", "window.mask", near, MASK, graph.scalar(MASKED));
  }

  GraphBuilder graph() {
    return graph;
  }

  /// Names `tensor` as a hook point.
  String hook(int layer, HookPoint.Site site, String tensor) {
    hooks.put(new HookPoint(layer, site), tensor);
    return tensor;
  }

  /// A tensor of the checkpoint, as float32.
  String weight(String name, long... shape) throws FormatException {
    GraphWeight weight = weights.weight(name, shape);
    graph.weight(weight);
    if (weight.type() == ElementType.FLOAT) {
      return name;
    }
    return graph.op(
        "Cast",
        name + ".float",
        Map.of("to", new Attribute.IntValue(ElementType.FLOAT.number())),
        name);
  }

  /// `x · weightᵀ (+ bias)` with PyTorch's layout [out, in].
  String linear(String output, String x, String module, int in, int out, boolean bias)
      throws FormatException {
    String product = bias ? output + ".product" : output;
    graph.matMulTransposed(product, x, weight(module + ".weight", out, in), 1);
    return bias ? graph.op("Add", output, product, weight(module + ".bias", out)) : product;
  }

  /// `x · weight + bias` with GPT-2's layout [in, out].
  String linearInOut(String output, String x, String module, int in, int out)
      throws FormatException {
    graph.op("MatMul", output + ".product", x, weight(module + ".weight", in, out));
    return graph.op("Add", output, output + ".product", weight(module + ".bias", out));
  }

  /// (x − mean) / √(variance + ε) · weight + bias, over the last axis.
  String layerNorm(String output, String x, String module, int width, double epsilon)
      throws FormatException {
    Map<String, Attribute> attributes =
        Map.of(
            "axis",
            new Attribute.IntValue(-1),
            "epsilon",
            new Attribute.FloatValue((float) epsilon));
    return graph.op(
        "LayerNormalization",
        output,
        attributes,
        x,
        weight(module + ".weight", width),
        weight(module + ".bias", width));
  }

  /// x / √(mean x² + ε) · weight, over the last axis.
  String rmsNorm(String output, String x, String module, int width, double epsilon)
      throws FormatException {
    String normed = dividedByRms(output, x, epsilon);
    return graph.op("Mul", output, normed, weight(module + ".weight", width));
  }

  /// x / √(mean x² + ε), over the last axis.
  ///
  /// @param label the beginning of the names of all tensors that this makes
  String dividedByRms(String label, String x, double epsilon) {
    String square = graph.op("Mul", label + ".square", x, x);
    String mean =
        graph.op(
            "ReduceMean",
            label + ".mean",
            Map.of("keepdims", new Attribute.IntValue(1)),
            square,
            graph.longs(-1));
    String root =
        graph.op(
            "Sqrt",
            label + ".root",
            graph.op("Add", label + ".shifted", mean, graph.scalar((float) epsilon)));
    return graph.op("Div", label + ".normed", x, root);
  }

  /// [B, T, n·W] → [B, n, T, W].
  String splitHeads(String output, String x, int count) {
    String split =
        graph.op("Reshape", output + ".split", x, graph.longs(0, 0, count, sizes.headWidth()));
    return graph.op(
        "Transpose", output, Map.of("perm", new Attribute.IntValues(0, 2, 1, 3)), split);
  }

  /// Queries, keys and values of one layer, ready to be multiplied. Keys and values of earlier
  /// tokens stand before those of new ones. Where G < H, the queries are grouped by the head whose
  /// keys and values they share.
  ///
  /// @param queries [B, H, T, W], or [B, G, H/G, T, W] where G < H
  /// @param keys [B, H, S, W], or [B, G, 1, S, W] where G < H
  /// @param values shaped as the keys
  record Heads(String queries, String keys, String values) {}

  /// softmax(scale · q · kᵀ + mask) · v for all heads, put side by side again, where each token
  /// sees itself and those before it.
  ///
  /// @param q [B, H, T, W]
  /// @param k [B, G, T, W]
  /// @param v [B, G, T, W]
  /// @return [B, T, H·W]
  String attention(String output, int layer, String q, String k, String v, float scale) {
    return attention(output, layer, q, k, v, scale, MASK);
  }

  /// As the other, with a mask that the family chooses.
  String attention(
      String output, int layer, String q, String k, String v, float scale, String mask) {
    Heads heads = heads(output, layer, q, k, v);
    return mixed(output, scores(output, heads, scale), mask, heads);
  }

  /// The first step of [#attention]. A family that changes the scores or the mask calls the three
  /// steps itself.
  Heads heads(String output, int layer, String q, String k, String v) {
    String queries = q;
    String keys = k;
    String values = v;
    if (cached) {
      keys = append(cache.get(2 * layer), k);
      values = append(cache.get(2 * layer + 1), v);
    }
    int shared = sizes.heads() / sizes.keyValueHeads();
    if (shared > 1) {
      queries =
          graph.op(
              "Reshape",
              output + ".grouped",
              q,
              graph.longs(0, sizes.keyValueHeads(), shared, -1, sizes.headWidth()));
      keys = graph.op("Unsqueeze", output + ".keys", keys, graph.longs(2));
      values = graph.op("Unsqueeze", output + ".values", values, graph.longs(2));
    }
    return new Heads(queries, keys, values);
  }

  /// The second step of [#attention]: scale · q · kᵀ.
  String scores(String output, Heads heads, float scale) {
    return graph.matMulTransposed(output + ".scores", heads.queries(), heads.keys(), scale);
  }

  /// The third step of [#attention]: softmax(scores + mask) · v, heads side by side.
  ///
  /// @param mask [T, S], added to the scores: 0 where a token sees another
  String mixed(String output, String scores, String mask, Heads heads) {
    String pattern =
        graph.op(
            "Softmax",
            output + ".pattern",
            Map.of("axis", new Attribute.IntValue(-1)),
            graph.op("Add", output + ".masked", scores, mask));
    String mixed = graph.op("MatMul", output + ".mixed", pattern, heads.values());
    if (sizes.heads() > sizes.keyValueHeads()) {
      mixed =
          graph.op(
              "Reshape",
              output + ".ungrouped",
              mixed,
              graph.longs(0, sizes.heads(), -1, sizes.headWidth()));
    }
    String aside =
        graph.op(
            "Transpose",
            output + ".aside",
            Map.of("perm", new Attribute.IntValues(0, 2, 1, 3)),
            mixed);
    return graph.op(
        "Reshape", output, aside, graph.longs(0, 0, (long) sizes.heads() * sizes.headWidth()));
  }

  private String append(CacheTensor tensor, String fresh) {
    return graph.op(
        "Concat",
        tensor.present(),
        Map.of("axis", new Attribute.IntValue(2)),
        tensor.past(),
        fresh);
  }

  /// Splits the last axis into equal parts.
  List<String> split(String x, String... outputs) {
    graph.add(
        new Node(
            "Split",
            "",
            x + ".split",
            List.of(x),
            List.of(outputs),
            Map.of(
                "axis",
                new Attribute.IntValue(-1),
                "num_outputs",
                new Attribute.IntValue(outputs.length)),
            Map.of()));
    return List.of(outputs);
  }

  /// The activation function of the given Hugging Face name.
  ///
  /// @throws FormatException if it is not a supported one
  String activation(String output, String x, ModelConfig config, String key, String otherwise)
      throws FormatException {
    return switch (config.word(key, otherwise, ACTIVATIONS)) {
      case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" ->
          graph.op("Gelu", output, Map.of("approximate", new Attribute.Text("tanh")), x);
      case "gelu" -> graph.op("Gelu", output, x);
      case "relu" -> graph.op("Relu", output, x);
      default -> graph.op("Mul", output, x, graph.op("Sigmoid", output + ".gate", x));
    };
  }

  /// The unembedding, [V, D], if the checkpoint has it: a base model was saved without.
  @Nullable String headIfAny(String name) throws FormatException {
    return weights.has(name) ? weight(name, sizes.vocabulary(), sizes.width()) : null;
  }

  /// The finished model.
  ///
  /// @param last the end of the residual stream behind its norm
  /// @param unembedding [V, D]; null if there is none, and so no scores
  LanguageGraph build(String name, String last, @Nullable String unembedding) {
    if (unembedding != null) {
      graph.matMulTransposed("logits", last, unembedding, 1);
    } else {
      graph.op("Identity", "logits", last);
    }
    return build(name).withHead(unembedding != null);
  }

  /// The finished model, whose tensor `logits` has been made.
  LanguageGraph build(String name) {
    List<String> outputs = new ArrayList<>(List.of("logits"));
    cache.forEach(tensor -> outputs.add(tensor.present()));
    OnnxModel model =
        new OnnxModel(
            IR_VERSION,
            Map.of("", OPSET, "com.microsoft", 1L),
            graph.build(name, outputs),
            List.of());
    return new LanguageGraph(
        model,
        "input_ids",
        "logits",
        hooks,
        sizes.context(),
        sizes.width(),
        sizes.vocabulary(),
        List.copyOf(cache),
        true);
  }
}
